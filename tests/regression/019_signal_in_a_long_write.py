# A signal whose handler raises ends a write that waits for a reader, though part of it has been written.
import os
import signal
import threading
import time


class Enough(Exception):
    pass


def handler(number, frame):
    raise Enough


signal.signal(signal.SIGALRM, handler)
for mode, data in (("wb", b"x" * 4000000), ("w", "x" * 4000000), ("wb", b"y" * 70000)):
    r, w = os.pipe()
    f = open(w, mode, closefd=False)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        f.write(data)
        f.flush()
        print("written")
    except Enough:
        print("ended", len(os.read(r, 10)))
    signal.setitimer(signal.ITIMER_REAL, 0)
    os.close(r)
    try:
        f.close()
    except OSError as e:
        print(type(e).__name__)
    os.close(w)

# A handler that returns lets it go on.
r, w = os.pipe()
seen = []
total = 0


def reader():
    global total
    time.sleep(0.5)
    while piece := os.read(r, 65536):
        total += len(piece)
    os.close(r)


thread = threading.Thread(target=reader)
thread.start()
signal.signal(signal.SIGALRM, lambda number, frame: seen.append(number))
signal.setitimer(signal.ITIMER_REAL, 0.1)
with open(w, "wb") as f:
    f.write(b"x" * 1000000)
thread.join()
print(seen == [signal.SIGALRM], total)
