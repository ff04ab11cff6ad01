# reconfigure() of encoding, errors and newline; marks of byte order when appending; readinto fills its buffer.
import io
import os
import sys

name = os.path.join(os.environ.get("TMPDIR", "/tmp"), "file")
sys.stdout.reconfigure(encoding="ascii", errors="backslashreplace")
print("h\xe9llo", sys.stdout.encoding, sys.stdout.errors)
sys.stdout.reconfigure(encoding="utf-8")
print("h\xe9llo", sys.stdout.encoding, sys.stdout.errors, sys.stdout.write_through)
sys.stdout.reconfigure(errors="replace", line_buffering=True)
print(sys.stdout.encoding, sys.stdout.errors, sys.stdout.line_buffering)

raw = io.BytesIO()
t = io.TextIOWrapper(raw, encoding="latin-1", newline="\n")
t.write("\xe9\n")
t.reconfigure(encoding="utf-8", newline="\r\n")
t.write("\xe9\n")
t.reconfigure(encoding="utf-16-le")
t.write("x\n")
t.reconfigure(newline=None, write_through=True)
t.write("y\n")
print(raw.getvalue(), t.encoding, t.errors, t.write_through)
for bad in (dict(encoding="no such"), dict(newline="x"), dict(newline=5), dict(encoding=5)):
    try:
        t.reconfigure(**bad)
    except (LookupError, ValueError, TypeError) as e:
        print(type(e).__name__)
t = io.TextIOWrapper(io.BytesIO(b"a\xe9\nb\r\n"), encoding="ascii")
t.reconfigure(encoding="latin-1", newline="")
print(ascii(t.readline()))
for change in (dict(encoding="utf-8"), dict(newline="\n"), dict(errors="ignore")):
    try:
        t.reconfigure(**change)
    except io.UnsupportedOperation as e:
        print(e)
t.reconfigure(line_buffering=True)
print(ascii(t.read()), t.line_buffering)

for encoding in ("utf-8-sig", "utf-16", "utf-32"):
    with open(name, "w", encoding=encoding) as f:
        f.write("aa")
    with open(name, "a", encoding=encoding) as f:
        f.write("bb")
    with open(name, "rb") as f:
        print(f.read() == "aabb".encode(encoding))
    with open(name, "r+", encoding=encoding) as f:
        f.read()
        f.seek(0, 2)
        f.write("cc")
        f.seek(0)
        f.write("dd")
    with open(name, "rb") as f:
        print(f.read() == "ddbbcc".encode(encoding))

with open(name, "wb") as f:
    f.write(bytes(range(256)) * 100)
with open(name, "rb") as f:
    out = []
    for size in (1, 10, 8192, 5000, 3, 20000, 1):
        b = bytearray(size)
        n = f.readinto(b)
        out.append((n, sum(b)))
    print(out)
    f.seek(1)
    f.read(1)
    print(f.readinto(memoryview(bytearray(9000))[:8500]), f.tell())


class Small(io.RawIOBase):
    def readable(self):
        return True

    def readinto(self, b):
        return 1


class Shrinking(Small):
    def readinto(self, b):
        try:
            b.clear()
        except (AttributeError, BufferError):
            pass
        return 0


print(io.BufferedReader(Small()).readinto(bytearray(50)), io.BufferedReader(Small()).readinto1(bytearray(50)))
print(io.BufferedReader(Shrinking()).read(10))
with open(name, "rb") as f:
    print(repr(f).replace(name, "NAME"))
