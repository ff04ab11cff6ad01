# Finalizers of objects in cycles: once each, before anything is cleared; resurrection.
import gc
import weakref

gc.disable()
log = []
saved = []


class Named:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        log.append((self.name, self.other.name))


def ring():
    a, b = Named("a"), Named("b")
    a.other, b.other = b, a


ring()
gc.collect()
print(sorted(log))
del log[:]


class Lazarus:
    def __init__(self):
        self.me = self
        self.data = [1, 2, 3]

    def __del__(self):
        log.append("del")
        saved.append(self)


Lazarus()
gc.collect()
print(log, len(saved), saved[0].me is saved[0], saved[0].data)
print(gc.is_finalized(saved[0]))
saved.clear()
gc.collect()
print(log)
del log[:]

# Resurrected without a cycle.
class Phoenix:
    def __del__(self):
        log.append("once")
        saved.append(self)


p = Phoenix()
del p
print(log, len(saved))
saved.clear()
print(log)
del log[:]

# One revives, the others of its cycle that it reaches live on, an unrelated cycle dies.
class Plain:
    pass


class Keeper:
    def __del__(self):
        saved.append(self.friend)


def tangle():
    k, f = Keeper(), Plain()
    k.friend, f.friend = f, k
    f.tag = "friend"
    x = Plain()
    x.me = x
    return weakref.ref(x)


r = tangle()
gc.collect()
print(saved[0].tag, type(saved[0].friend).__name__, r() is None)
saved.clear()
gc.collect()

# An exception in a finalizer is reported and goes no further.
import sys

reports = []
sys.unraisablehook = lambda args: reports.append((args.exc_type.__name__, str(args.exc_value)))


class Bad:
    def __del__(self):
        raise RuntimeError("in __del__")


b = Bad()
b.me = b
del b
gc.collect()
Bad()
print(reports)

# A generator in a cycle is closed.
def gen(box):
    try:
        yield
    finally:
        log.append("closed")


def cycle_with_generator():
    box = []
    g = gen(box)
    box.append(g)
    next(g)


cycle_with_generator()
gc.collect()
print(log)
