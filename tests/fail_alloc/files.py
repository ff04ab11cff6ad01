# Files, buffers, text and bytes.
import io
import os

folder = os.environ.get("TMPDIR", "/tmp")
name = os.path.join(folder, "lines")
try:
    with open(name, "w", encoding="utf-8") as f:
        for i in range(20):
            f.write("line %d é\n" % i)
    with open(name, encoding="utf-8") as f:
        lines = f.readlines()
    with open(name, "rb") as f:
        raw = f.read(10) + f.readline()
finally:
    if os.path.exists(name):
        os.unlink(name)
s = io.StringIO()
print("to a buffer", 1, file=s)
b = io.BytesIO(b"abc\ndef")
print(len(lines), lines[3], raw, s.getvalue(), b.readlines(), bytes(bytearray(b"xy") + b"z"), memoryview(b"abcd")[1:3].tobytes())
print(os.path.join("a", "b"), os.path.splitext("x.py"), "%s" % os.path.basename(__file__))
