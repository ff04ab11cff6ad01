# tell() and seek() where \r\n and \r were translated; which ends of lines a file has shown.
import os
import random

name = os.path.join(os.environ.get("TMPDIR", "/tmp"), "lines")


def make(ends, count, seed):
    r = random.Random(seed)
    with open(name, "wb") as f:
        for i in range(count):
            f.write(("line é%d " % i * r.randrange(1, 9)).encode() + r.choice(ends))


def check(count):
    positions, lines = [], []
    with open(name, encoding="utf-8") as f:
        seen = [f.newlines]
        while True:
            positions.append(f.tell())
            line = f.readline()
            if f.newlines != seen[-1]:
                seen.append(f.newlines)
            if not line:
                break
            lines.append(line)
        for i in range(0, len(lines), 7):
            f.seek(positions[i])
            assert f.readline() == lines[i], (i, positions[i])
            assert f.tell() == positions[i + 1]
        f.seek(positions[3])
        whole = "".join(lines)
        start = len("".join(lines[:3]))
        assert f.read(5) == whole[start:start + 5]
        place = f.tell()
        rest = f.read()
        f.seek(place)
        assert f.read() == rest == whole[start + 5:]
        f.seek(0)
        assert f.read() == "".join(lines)
        assert f.tell() == os.path.getsize(name)
    print(len(lines), seen[-1])


for seed, ends in enumerate(([b"\n"], [b"\r\n"], [b"\r"], [b"\r", b"\n"], [b"\r\n", b"\n"], [b"\r\n", b"\r"],
                             [b"\r\n", b"\r", b"\n"])):
    for count in (10, 1000):
        make(ends, count, seed)
        check(count)

# A \r\n on each place about the end of a buffer.
for extra in range(8185, 8200):
    with open(name, "wb") as f:
        f.write(b"x" * extra + b"\r\nab\r\rc\r")
    with open(name) as f:
        out = []
        positions = [0]
        for line in iter(f.readline, ""):
            out.append(len(line))
            positions.append(f.tell())
        for place in positions[1:]:
            f.seek(place)
            out.append(f.read())
        f.seek(extra + 2)
        out.append(f.read())
        out.append(f.newlines)
    print(extra, out)

with open(name, "wb") as f:
    f.write(b"a\nb\rc\r\nd")
for newline in ("", "\n", "\r", "\r\n", None):
    with open(name, newline=newline) as f:
        print(repr(newline), f.readline().encode(), f.tell(), f.read().encode(), f.tell())
with open(name) as f:
    print(f.newlines, f.read(), f.newlines, f.seek(0), f.newlines)
with open(name, "w", newline="\r\n") as f:
    f.write("a\nb\n")
    print(f.newlines)
with open(name, encoding="latin-1") as f:
    print(list(f), f.newlines)
