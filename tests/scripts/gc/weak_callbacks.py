# Weak references and collections: what is cleared, what is called, in which order.
import gc
import weakref

gc.disable()
log = []


class C:
    pass


def callback(name):
    def call(ref):
        log.append((name, ref() is None))

    return call


# Called newest first when the object dies by its count.
c = C()
refs = [weakref.ref(c, callback(i)) for i in range(4)]
del c
print(log)
del log[:]

# A reference that died before its object is not called.
c = C()
r1, r2 = weakref.ref(c, callback("kept")), weakref.ref(c, callback("dropped"))
del r2
del c
print(log)
del log[:]

# In a cycle: references from outside are called, those inside are not.
c = C()
c.me = c
c.inside = weakref.ref(c, callback("inside"))
outside = weakref.ref(c, callback("outside"))
del c
print(outside() is not None)
gc.collect()
print(log, outside())
del log[:]

# Cleared before finalizers run.
class D:
    def __del__(self):
        log.append(watch() is None)


d = D()
d.me = d
watch = weakref.ref(d)
del d
gc.collect()
print(log)
del log[:]

# Without a cycle the reference still works in __del__.
class E:
    def __del__(self):
        log.append(watch() is self)


e = E()
watch = weakref.ref(e)
del e
print(log, watch())
del log[:]

# Identity, count and list.
c = C()
print(weakref.ref(c) is weakref.ref(c), weakref.proxy(c) is weakref.proxy(c))
r = weakref.ref(c)
p = weakref.proxy(c)
q = weakref.ref(c, callback("q"))
print(weakref.getweakrefcount(c), [x is y for x, y in zip(weakref.getweakrefs(c), [r, p, q])])
print(r == q, r != q, hash(r) == hash(c), r.__callback__, q.__callback__ is not None)
del c
print(log, r == q, r == r, p is p, q.__callback__)
try:
    p.x
except ReferenceError as error:
    print(error)
for bad in (1, "s", [], {}, (), None, 1.5, object()):
    try:
        weakref.ref(bad)
    except TypeError as error:
        print(error)


class Slots:
    __slots__ = ("a",)


class WeakSlots:
    __slots__ = ("a", "__weakref__")


for cls in (Slots, WeakSlots):
    try:
        o = cls()
        print(weakref.ref(o)() is o)
    except TypeError as error:
        print(error)

# The library's containers on top.
values = weakref.WeakValueDictionary()
keys = weakref.WeakKeyDictionary()
members = weakref.WeakSet()
objects = [C() for _ in range(5)]
for i, o in enumerate(objects):
    values[i] = o
    keys[o] = i
    members.add(o)
print(len(values), len(keys), len(members))
del o, objects[1:3]
print(len(values), len(keys), len(members), sorted(values), sorted(keys.values()))
del objects
print(len(values), len(keys), len(members))


class Method:
    def m(self):
        return 7


o = Method()
wm = weakref.WeakMethod(o.m)
print(wm()())
del o
print(wm())
f = weakref.finalize(C(), log.append, "finalized")
print(log[-1], f.alive)


class Proxied:
    def __init__(self):
        self.items = [1, 2, 3]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]

    def __contains__(self, x):
        return x in self.items

    def __iter__(self):
        return iter(self.items)

    def __add__(self, other):
        return ("add", other)

    def __radd__(self, other):
        return ("radd", other)

    def __call__(self, x):
        return x * 2

    def __eq__(self, other):
        return isinstance(other, Proxied)


o = Proxied()
p = weakref.proxy(o)
print(len(p), p[1], 3 in p, list(p), p + 1, 1 + p, p(21), p == o, bool(p), isinstance(p, Proxied))
p.extra = 5
print(o.extra, p.extra)
del p.extra
print(hasattr(o, "extra"))
try:
    hash(p)
except TypeError as error:
    print(error)
