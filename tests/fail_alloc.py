#!/usr/bin/env python3.11
"""Lets allocations fail, one by one and from one on for ever, in scripts of a debug build, and looks at what comes of it.

  fail_alloc.py --program build/debug/adder [--samples 40] [--step N] [tests/fail_alloc/NAME.py ...]

The N-th allocation fails, for N from 1 until the script does not notice any more. A run is right if it ends with the
usual output, or with MemoryError as the last word of a traceback and exit code 1, or says on stderr what was left out.
It is wrong if a signal, a check, a sanitizer, a lost object or another exception ends it.
"""
import argparse
import concurrent.futures
import glob
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LC_", "LANG"))}
ENVIRONMENT.update(PYTHONHASHSEED="0", LC_ALL="C.UTF-8", PYTHONDONTWRITEBYTECODE="1")
FAR = 1 << 40
TIMEOUT_S = 600


def run(program, script, fail=None):
    command = [program, *(["--fail-alloc", fail] if fail else []), os.path.basename(script)]
    try:
        with tempfile.TemporaryDirectory(prefix="adder-fail-alloc-") as folder:  # a script that fails leaves files behind
            p = subprocess.run(command, cwd=os.path.dirname(script), env=dict(ENVIRONMENT, TMPDIR=folder), timeout=TIMEOUT_S,
                               stdin=subprocess.DEVNULL, capture_output=True)
    except subprocess.TimeoutExpired:
        return "no end within %d s" % TIMEOUT_S, b"", ""
    return p.returncode, p.stdout, p.stderr.decode(errors="replace")


def judge(usual, result):
    """None, or what is wrong."""
    code, out, err = result
    if any(sign in err for sign in ("internal error", "Sanitizer", "runtime error", "lost object", "lost block")):
        return "a check failed"
    if code == 0 and (out == usual[1] or "MemoryError" in err):
        return None
    if code == 120 and "MemoryError" in err:
        return None
    if code == 1:
        # Finalizers may still complain at the end, of globals that have gone.
        if any(line.startswith("MemoryError") for line in err.splitlines()):
            return None
        return "it ends with %s" % (err.splitlines() or ["nothing on stderr"])[-1]
    return "exit code %s" % code if code != 0 else "other output without a word"


def sweep(program, script, samples, step, pool):
    usual = run(program, script)
    if usual[0] != 0:
        return ["%s: fails without faults: %s" % (script, usual[2][-400:])]
    # From how many on does it not matter any more? A run without the fault prints nothing on stderr.
    end = 64
    while run(program, script, "%d" % end) != usual or run(program, script, "%d,forever" % end) != usual:
        end *= 2
        if end > FAR:
            break
    problems = []
    for suffix in "", ",forever":
        width = step or max(1, end // samples)
        numbers = range(1, end, width)
        for n, result in zip(numbers, pool.map(lambda n: run(program, script, "%d%s" % (n, suffix)), numbers)):
            problem = judge(usual, result)
            if problem:
                problems.append("%s --fail-alloc %d%s %s: %s\n%s" % (program, n, suffix, script, problem, result[2][-600:]))
    print("%-20s %6d allocations, every %d: %s" % (os.path.basename(script), end, width, "%d wrong" % len(problems) if problems else "ok"),
          flush=True)
    return problems


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--program", required=True)
    a.add_argument("--samples", type=int, default=40, help="runs a script and kind of fault")
    a.add_argument("--step", type=int, default=0, help="every N-th allocation instead")
    a.add_argument("--jobs", type=int, default=2)
    a.add_argument("scripts", nargs="*")
    args = a.parse_args()
    program = os.path.abspath(args.program)
    problems = []
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for script in map(os.path.abspath, args.scripts or sorted(glob.glob(os.path.join(HERE, "fail_alloc", "*.py")))):
            problems += sweep(program, script, args.samples, args.step, pool)
    for p in problems[:20]:
        print("WRONG", p, "\n")
    print("%d wrong" % len(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
