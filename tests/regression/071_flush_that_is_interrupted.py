# What a flush could not write stays in the buffer: a handler that raises loses nothing.
import os
import signal


class Interrupted(Exception):
    pass


def handler(number, frame):
    raise Interrupted


signal.signal(signal.SIGALRM, handler)
for mode in ("wb", "w"):
    r, w = os.pipe()
    os.set_blocking(w, False)
    filled = 0
    try:
        while True:
            filled += os.write(w, b"." * 4096)
    except BlockingIOError:
        pass
    os.set_blocking(w, True)
    os.read(r, 5000)
    f = open(w, mode, 65536)
    f.write(b"A" * 8000 + b"END" if mode == "wb" else "A" * 8000 + "END")
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        f.flush()
        print("flushed")
    except Interrupted:
        print("interrupted")
    got = b""
    while len(got) < filled - 5000:
        got += os.read(r, filled - 5000 - len(got))
    f.close()
    while piece := os.read(r, 65536):
        got += piece
    print(got.count(b"A"), got[-3:])
    os.close(r)

# The same without waiting, and over an object of a script.
r, w = os.pipe()
os.set_blocking(w, False)
try:
    while True:
        os.write(w, b"." * 4096)
except BlockingIOError:
    pass
f = open(w, "wb")
f.write(b"kept")
for i in range(2):
    try:
        f.flush()
    except BlockingIOError as e:
        print("would wait")
os.set_blocking(r, False)
got = os.read(r, 1 << 20)
f.flush()
print(os.read(r, 1 << 20)[-4:])
f.close()

import io


class Moody(io.RawIOBase):
    fails = 0
    seen = b""

    def writable(self):
        return True

    def write(self, b):
        self.fails += 1
        if self.fails % 2 == 0:
            raise OSError("not now")
        self.seen += bytes(b[:3])
        return min(3, len(b))


raw = Moody()
f = io.BufferedWriter(raw)
f.write(b"abcdefgh")
for i in range(3):
    try:
        f.flush()
        print("flushed", raw.seen)
    except OSError as e:
        print(e, raw.seen, f.tell() if f.seekable() else None)
f.close()
