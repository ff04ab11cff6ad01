# Cycles of every kind of container are found; counts alone free the rest at once.
import gc
import weakref

gc.collect()
gc.disable()


class Node:
    pass


def self_list():
    a = []
    a.append(a)


def pair():
    a, b = Node(), Node()
    a.other, b.other = b, a


def through_dict():
    d = {}
    d["self"] = d


def through_tuple():
    box = []
    t = (box, 1)
    box.append(t)


def through_function():
    def f():
        return f


def through_method():
    n = Node()
    n.method = n.__init__


def through_generator():
    def gen():
        me = yield
        yield me

    g = gen()
    next(g)
    g.send(g)


def through_set():
    class Hashable:
        pass

    h = Hashable()
    h.members = {h}


def through_class():
    class C:
        pass

    C.instance = C()


def through_exception():
    try:
        raise ValueError("x")
    except ValueError as e:
        kept = e
        e.kept = [kept]


for make in (self_list, pair, through_dict, through_tuple, through_function, through_method):
    make()
    print(make.__name__, gc.collect() > 0, gc.collect())

for make in (through_generator, through_set, through_class, through_exception):
    make()
    gc.collect()
    gc.collect()
    print(make.__name__, gc.collect())

# An instance that is dropped dies at once, without a collection.
n = Node()
r = weakref.ref(n)
del n
print(r())

# A cycle dies in a collection, not before.
n = Node()
n.me = n
r = weakref.ref(n)
del n
print(r() is None)
gc.collect()
print(r() is None)

# What is still referred to stays, whole.
keep = Node()
keep.a = Node()
keep.a.back = keep
keep.a.items = [keep, {"k": keep}]
gc.collect()
print(keep.a.back is keep, len(keep.a.items))

# Many cycles.
for i in range(5000):
    pair()
print(gc.collect() >= 10000)
print(gc.garbage)
