# Objects nested 100000 deep: RecursionError or an answer, and they can be let go, also with little stack.
# (CPython 3.11 dies of some of these: the expected output was checked by hand.)
import collections
import functools
import threading
import types

DEPTH = 100000


def nest(make, depth=DEPTH):
    x = make(None)
    for _ in range(depth):
        x = make(x)
    return x


class Node:
    def __init__(self, x):
        self.x = x


class Says:
    def __init__(self, x):
        self.x = x

    def __repr__(self):
        return repr(self.x)

    def __eq__(self, other):
        return self.x == other.x

    def __hash__(self):
        return hash(self.x)


def closure(x):
    def f():
        return x
    return f


def generator(x):
    def g(y):
        yield
        yield y
    it = g(x)
    next(it)
    return it


def context(x):
    e = ValueError()
    e.__context__ = x
    return e


def cause(x):
    e = ValueError()
    e.__cause__ = x
    return e


makers = {
    "list": lambda x: [x], "tuple": lambda x: (x,), "dict": lambda x: {1: x}, "set": lambda x: frozenset([id(x)]),
    "deque": lambda x: collections.deque([x]), "instance": Node, "says": Says, "closure": closure,
    "generator": generator, "context": context, "cause": cause, "namespace": lambda x: types.SimpleNamespace(x=x),
    "partial": lambda x: functools.partial(x or print, 1), "cell": types.CellType, "slice": slice, "map": lambda x: map(int, x or ()),
    "property": property, "static": staticmethod, "alias": lambda x: list[x or int], "arguments": lambda x: ValueError(x), "method": lambda x: types.MethodType(print, x or 1),
}
always = {"list", "tuple", "dict", "deque", "namespace", "slice", "says"}


def attempt(action, x):
    try:
        action(x)
        return "fine"
    except RecursionError as e:
        return "RecursionError"


def bodies():
    for name, make in makers.items():
        depth = 3000 if name in ("partial", "static") else DEPTH
        x = nest(make, depth)
        how = attempt(repr, x)
        if name in always:
            print(name, how)
        y = nest(make, depth) if name in ("list", "tuple", "says") else x
        attempt(lambda x: x == y, x)
        if name in ("tuple", "says", "instance"):
            attempt(hash, x)
        if name == "map":
            attempt(list, x)
        if name in ("property", "static"):
            attempt(lambda x: x.__isabstractmethod__, x)
        if name == "alias":
            attempt(lambda x: x.__parameters__, x)
        del x, y
    print("done")


bodies()
threading.stack_size(65536)
t = threading.Thread(target=bodies)
t.start()
t.join()
try:
    nest(lambda x: [x], 500).__repr__()
    print("500 is fine")
except RecursionError:
    print("500 is too much")
