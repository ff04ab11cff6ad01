# Text, bytes and arrays under several threads: names that come and go, shared buffers, one generator.
import _random
import array
import threading

errors = []


def guarded(f):
    def run(*args):
        try:
            f(*args)
        except Exception as e:
            errors.append(repr(e))

    return run


class Bag:
    pass


@guarded
def names(bag, k):
    # Names made at run time are interned by attribute access and die again.
    for i in range(1500):
        name = "n%d" % (i % 40)
        setattr(bag, name, i)
        if getattr(bag, name, 0) < 0:
            errors.append("negative")
        own = Bag()
        setattr(own, "t%d_%d" % (k, i), i)
        if getattr(own, "t%d_%d" % (k, i)) != i:
            errors.append("lost")


@guarded
def grow(b, a):
    for i in range(1500):
        b.append(i & 255)
        b.extend(b"xy")
        a.append(i)
        if len(b) > 200:
            del b[:50]
        if len(a) > 200:
            del a[:50]
        b[0:1] = b"zz"
        b.find(b"xy")
        sum(a)
        bytes(b)


@guarded
def text(shared):
    for i in range(1500):
        s = "é%d" % (i % 10)
        s += shared
        s.encode()
        hash(s)
        if not s.endswith(shared):
            errors.append(s)


@guarded
def numbers(r):
    for i in range(1500):
        if not 0 <= r.random() < 1 or r.getrandbits(100) >> 100:
            errors.append("number")


bag, b, a = Bag(), bytearray(b"start"), array.array("i", [1])
r = _random.Random(5)
shared = "".join(["shared", "é"])
threads = []
for k in range(3):
    threads.append(threading.Thread(target=names, args=(bag, k)))
    threads.append(threading.Thread(target=grow, args=(b, a)))
    threads.append(threading.Thread(target=text, args=(shared,)))
    threads.append(threading.Thread(target=numbers, args=(r,)))
for t in threads:
    t.start()
for t in threads:
    t.join()
print(errors, len(vars(bag)), len(b) < 500, len(a) < 500)
