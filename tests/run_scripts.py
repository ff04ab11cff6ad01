#!/usr/bin/env python3.11
"""Runs script tests under one program and compares what they print with the expected output.

  run_scripts.py --program build/debug/addert [tests/scripts/area | file.py ...]

NAME.py must print exactly NAME.out (written by CPython 3.11: --record does that) and exit with 0. A script
whose first line is `# exit: N` must exit with N. Scripts in tests/regression are numbered, one a bug. $TMPDIR is an
empty folder of the script's own: several run at the same time.
"""
import argparse
import concurrent.futures
import difflib
import os
import re
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def find(paths):
    for path in paths or [os.path.join(HERE, "scripts"), os.path.join(HERE, "regression"), os.path.join(HERE, "limit")]:
        if os.path.isfile(path):
            yield path
            continue
        for folder, folders, files in os.walk(path):
            folders[:] = sorted(f for f in folders if f != "__pycache__")
            for f in sorted(files):
                if f.endswith(".py") and os.path.exists(os.path.join(folder, f[:-3] + ".out")):
                    yield os.path.join(folder, f)


def expected_exit(path):
    with open(path, encoding="utf-8") as f:
        m = re.match(r"# exit: (\d+)", f.readline())
    return int(m[1]) if m else 0


def start(program, path, timeout_s):
    path = os.path.abspath(path)
    with tempfile.TemporaryDirectory(prefix="adder-script-") as folder:
        env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LC_", "LANG"))}
        env.update(PYTHONHASHSEED="0", PYTHONDONTWRITEBYTECODE="1", LC_ALL="C.UTF-8", TMPDIR=folder)
        return subprocess.run([*program, path], cwd=os.path.dirname(path), env=env, timeout=timeout_s,
                              stdin=subprocess.DEVNULL, capture_output=True, umask=0o022)


def run(program, path, timeout_s):
    try:
        p = start(program, path, timeout_s)
    except subprocess.TimeoutExpired:
        return f"no end within {timeout_s} s"
    with open(path[:-3] + ".out", "rb") as f:
        want = f.read()
    if p.returncode != expected_exit(path):
        how = f"killed by signal {-p.returncode}" if p.returncode < 0 else f"exit code {p.returncode}"
        return how + "\n" + p.stderr.decode(errors="replace")[-4000:]
    if p.stdout != want:
        diff = difflib.unified_diff(want.decode(errors="replace").splitlines(), p.stdout.decode(errors="replace").splitlines(),
                                    "expected", "printed", lineterm="", n=1)
        return "\n".join(list(diff)[:40])
    return None


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--program", required=True)
    a.add_argument("--record", action="store_true", help="write NAME.out of the given files from what the program prints")
    a.add_argument("--timeout", type=float, default=120)
    a.add_argument("--jobs", type=int, default=1)
    a.add_argument("paths", nargs="*")
    args = a.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it may be ignored, in the scripts too
    program = [os.path.abspath(args.program) if os.path.exists(args.program) else args.program]
    if args.record:
        for path in map(os.path.abspath, args.paths):
            p = start(program, path, args.timeout)
            with open(path[:-3] + ".out", "wb") as f:
                f.write(p.stdout)
            print(path, "exit", p.returncode)
        return 0
    paths = list(find(args.paths))
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for path, problem in zip(paths, pool.map(lambda p: run(program, p, args.timeout), paths)):
            if problem:
                failed += 1
                print(f"FAILED {os.path.relpath(path)}\n{problem}\n", flush=True)
    print(f"{len(paths) - failed} passed, {failed} failed")
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
