# A global statement in a function makes the module's own code mean the same global.
globals_, locals_ = {}, {}
exec("""
def f():
    y = 1
    def g():
        global y
        return y
    def h():
        return y + 1
    return g, h
y = 9
g, h = f()
result = g(), h()
""", globals_, locals_)
print(locals_["result"], "y" in globals_, "y" in locals_)

l = (lambda: (yield 1))()
print(next(l))
try:
    l.send(2)
except StopIteration as e:
    print(e.value)


class Both(list):
    pass


import collections.abc


class Mapped(collections.UserDict, object):
    pass


class Late(object, metaclass=type):
    pass


class S(Late, collections.abc.Sequence):
    def __len__(self):
        return 2

    def __getitem__(self, i):
        return "ab"[i]


def kind(x):
    match x:
        case [a, b]:
            return "sequence", a, b
        case {}:
            return "mapping"
    return "neither"


print(kind(S()), kind(Mapped()), kind(Both("xy")), kind("xy"), kind(b"xy"))


def handling():
    try:
        raise KeyError("a")
    except Exception:
        yield


def delegating():
    try:
        raise KeyError("b")
    except Exception:
        yield from inner()


def inner():
    yield


for make in handling, delegating, inner:
    g = make()
    next(g)
    try:
        g.throw(ValueError)
    except ValueError as e:
        print(repr(e.__context__))


def starred(*args: *(int,)):
    pass


print(starred.__annotations__)
