# The gc module: thresholds, counts, callbacks, looking at objects, freeze.
import gc

print(gc.get_threshold(), gc.isenabled())
gc.disable()
print(gc.isenabled())
gc.collect()
counts = gc.get_count()
print(len(counts), counts[1], counts[2])
gc.collect(0)
print(gc.get_count()[1:])
gc.collect(1)
print(gc.get_count()[1:])
before = gc.get_count()[0]
kept = [[] for _ in range(100)]
print(gc.get_count()[0] - before >= 100)
gc.set_threshold(500, 5)
print(gc.get_threshold())
gc.set_threshold(700, 10, 10)
for bad in (-1, 3):
    try:
        gc.collect(bad)
    except ValueError as error:
        print(error)

events = []


def watch(phase, info):
    events.append((phase, sorted(info), info["generation"], info["collected"]))


gc.collect()
gc.callbacks.append(watch)
loop = []
loop.append(loop)
del loop
gc.collect()
gc.collect(0)
gc.callbacks.remove(watch)
for event in events:
    print(event)

stats = gc.get_stats()
print(len(stats), sorted(stats[0]))


class C:
    pass


c = C()
holder = [c]
print(any(o is c for o in gc.get_objects()), any(o is holder for o in gc.get_objects(0)))
gc.collect()
print(any(o is holder for o in gc.get_objects(0)), any(o is holder for o in gc.get_objects(2)))
print(any(o is holder for o in gc.get_referrers(c)))
print(any(o is c for o in gc.get_referents(holder)), any(o is C for o in gc.get_referents(c)))
print(gc.is_tracked([]), gc.is_tracked(1), gc.is_tracked("a"), gc.is_tracked(c), gc.is_tracked((1, 2, [])))
print(gc.is_finalized(c))

gc.freeze()
print(gc.get_freeze_count() > 0)
frozen = []
frozen.append(frozen)
gc.freeze()
del frozen
print(gc.collect())
gc.unfreeze()
print(gc.get_freeze_count(), gc.collect() >= 1)

gc.set_debug(gc.DEBUG_SAVEALL)
loop = ["garbage"]
loop.append(loop)
del loop
gc.collect()
print([o[0] for o in gc.garbage if type(o) is list and o and o[0] == "garbage"])
gc.set_debug(0)
print(gc.get_debug())
gc.garbage.clear()
gc.collect()

# Collections happen by themselves.
gc.enable()
n = gc.get_stats()[0]["collections"]
for i in range(20000):
    a = []
    a.append(a)
print(gc.get_stats()[0]["collections"] - n > 10)
import weakref


class Leaf:
    pass


refs = []
for i in range(3000):
    a, b = Leaf(), Leaf()
    a.b, b.a = b, a
    refs.append(weakref.ref(a))
print(sum(r() is not None for r in refs) < 1500)
