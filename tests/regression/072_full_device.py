# A flush that fails keeps its data; closing fails once, and the exit code tells of stdout.
import os
import subprocess
import sys

f = open("/dev/full", "wb")
f.write(b"abc")
for i in range(3):
    try:
        f.flush()
    except OSError as e:
        print(i, e.errno)
try:
    f.close()
except OSError as e:
    print("close", e.errno, f.closed)
f.close()
f = open("/dev/full", "w")
f.write("abc")
del f

programs = ["print('x')", "print('x'); raise SystemExit(3)", "print('x'); raise ValueError('q')",
            "print('x'); raise SystemExit('text')", "print('x' * 20000)",
            "import sys\nprint('x')\ntry: sys.stdout.flush()\nexcept OSError: pass",
            "import sys\nprint('x')\ntry: sys.stdout.close()\nexcept OSError: pass"]
for unbuffered in (False, True):
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    if unbuffered:
        environment["PYTHONUNBUFFERED"] = "1"
    for p in programs:
        with open("/dev/full", "w") as full:
            done = subprocess.run([sys.executable, "-c", p], stdout=full, stderr=subprocess.PIPE, env=environment,
                                  text=True)
        print(done.returncode, [line.split(" ")[0] for line in done.stderr.splitlines() if not line.startswith(" ")])
