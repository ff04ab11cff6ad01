# -W counts although nobody imports warnings.
import subprocess
import sys

source = "class A:\n  def __trunc__(self): return 1\nprint(int(A()))"
for option in ("ignore", "error", "default"):
    done = subprocess.run([sys.executable, "-W", option, "-c", source], capture_output=True)
    print(option, done.returncode, done.stdout, done.stderr.splitlines()[-1:])
