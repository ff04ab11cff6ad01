# Cycles, weak references, finalizers, the collector.
import gc
import weakref

log = []


class Node:
    def __init__(self, n):
        self.n, self.me, self.items = n, self, [self]

    def __del__(self):
        log.append(self.n)


nodes = [Node(i) for i in range(10)]
refs = [weakref.ref(n, lambda r: log.append("gone")) for n in nodes]
keep = weakref.WeakValueDictionary((n.n, n) for n in nodes)
del nodes
gc.collect()
print(len(log), sum(r() is None for r in refs), len(keep), gc.get_threshold())
l = []
for i in range(50):
    l = [l, {i: l}]
del l
f = weakref.finalize(lock := Node(99), log.append, "final")
lock.me = lock.items = None
del lock
print(log[-2:], f.alive, gc.isenabled())
