# `newlines` tells the ends of lines that were met, also of a file that keeps them.
import io
import os


class Pieces(io.RawIOBase):
    def __init__(self, *pieces):
        self.pieces = list(pieces)

    def readable(self):
        return True

    def readinto(self, b):
        piece = self.pieces.pop(0) if self.pieces else b""
        b[:len(piece)] = piece
        return len(piece)


for nl in ("", None, "\n", "\r", "\r\n"):
    t = io.TextIOWrapper(io.BytesIO(b"a\r\nb\rc\n"), newline=nl)
    print(repr(nl), repr(t.read()), t.newlines)
    t = io.TextIOWrapper(io.BytesIO(b"a\r\nb\rc\nd\r"), newline=nl)
    print(list(t), t.newlines, t.tell())
    t.seek(0)
    print(t.newlines, t.readlines(2), t.newlines)
for pieces in ([b"a\r", b"\nb"], [b"a\r", b"b"], [b"a\r"], [b"\r", b"\r", b"\n"], [b"a\n", b"b\r\n"], [b"a"]):
    t = io.TextIOWrapper(io.BufferedReader(Pieces(*pieces)), newline="")
    print(pieces, list(t), t.newlines)
    t = io.TextIOWrapper(io.BufferedReader(Pieces(*pieces)), newline="")
    print([t.read(1) for i in range(5)], t.newlines)
    t = io.TextIOWrapper(io.BufferedReader(Pieces(*pieces)), newline="")
    print([t.read(2), t.read()], t.newlines)
path = os.path.join(os.environ["TMPDIR"], "lines")
with open(path, "wb") as f:
    f.write(b"x" * 8191 + b"\r\n" + b"y\r")
with open(path, newline="") as f:
    print(len(f.readline()), f.tell(), repr(f.readline()), f.newlines)
