# A working directory for a child that is a path object; paths in bytearrays; poll's events.
import os
import pathlib
import select
import subprocess
import sys
import warnings

for cwd in (pathlib.Path("/usr"), "/usr", b"/usr"):
    print(subprocess.run(["/bin/pwd"], cwd=cwd, capture_output=True).stdout)
for cwd in (5, 1.5, "/\0"):
    try:
        subprocess.run(["/bin/pwd"], cwd=cwd)
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)

with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    print(os.stat(bytearray(b"/")) == os.stat("/"))
    print(all(type(n) in (str, bytes) for n in os.listdir(bytearray(b"/usr"))))
    try:
        os.stat(bytearray(b"/no such file"))
    except OSError as e:
        print(type(e).__name__)
print([str(w.message) for w in seen])
for bad in ([], 1.5):
    try:
        os.stat(bad)
    except TypeError as e:
        print(e)

p = select.poll()
for mask in (-1, 1 << 20, "x"):
    try:
        p.register(0, mask)
    except (ValueError, OverflowError, TypeError) as e:
        print(type(e).__name__)
