# readlines(hint) of files stops after so many characters and leaves the rest.
import io
import os

name = os.path.join(os.environ.get("TMPDIR", "/tmp"), "lines")
with open(name, "w") as f:
    f.write("".join("line %d\n" % i for i in range(1000)))
for mode in ("r", "rb", "r+b"):
    with open(name, mode) as f:
        sizes = []
        while lines := f.readlines(2000):
            sizes.append(len(lines))
        print(mode, sizes)
        for hint in (None, -1, 0, 1, 7, 8, 15, 10 ** 9):
            f.seek(0)
            print(hint, len(f.readlines(hint)), end=" ")
        f.seek(0)
        print(len(f.readlines()))
        try:
            f.readlines("x")
        except TypeError as e:
            print(type(e).__name__)
    try:
        f.readlines()
    except ValueError as e:
        print(e)
with open(name, "rb", buffering=0) as f:
    print(len(f.readlines(100)), f.tell())
for f in (io.StringIO("ab\ncd\nef"), io.BytesIO(b"ab\ncd\nef")):
    for hint in range(-1, 10):
        f.seek(0)
        print(len(f.readlines(hint)), end=" ")
    print()
