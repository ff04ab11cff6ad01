# Small things of the language: descriptors that become such late, special methods looked up on the
# class, the arguments of atexit, errors of attributes and calls.
import atexit
import math
import operator
import os
import sys
import warnings


class Descriptor:
    pass


class C:
    x = Descriptor()

    def __init__(self):
        self.x = 1


class Meta(type):
    attribute = Descriptor()


class WithMeta(metaclass=Meta):
    attribute = True


def of_instance(o):
    return o.x


def of_class():
    return WithMeta.attribute


o = C()
for _ in range(100):
    assert of_instance(o) == 1 and of_class() is True
Descriptor.__get__ = lambda *args: 2
Descriptor.__set__ = lambda *args: None
print(of_instance(o), of_class())
del Descriptor.__set__, Descriptor.__get__
print(of_instance(o), of_class())

record = []


class Watched:
    def __getattribute__(self, name):
        record.append(name)
        return object.__getattribute__(self, name)

    def __bytes__(self):
        return b"bytes"

    def __floor__(self):
        return 1

    __ceil__ = __trunc__ = __floor__


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    w = Watched()
    print(bytes(w), b"%b" % w, math.floor(w), math.ceil(w), math.trunc(w), int(w), record)


class SubInt(int):
    pass


class Index:
    def __index__(self):
        return SubInt(3)


with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print(operator.index(Index()))
print([str(w.message) for w in caught])


class Plain:
    pass


for call in (lambda: Plain(1), lambda: Plain().__init__(1), lambda: object.__init__(Plain(), 1)):
    try:
        call()
    except TypeError as e:
        print(e)


class Many:
    def keys(self):
        return ["x", "x"]

    def __getitem__(self, key):
        return 1


def g(x):
    pass


for call in (lambda: g(**Many()), lambda: dict(**Many()), lambda: g(**{"x": 1}, **Many())):
    try:
        print(call())
    except TypeError as e:
        print(e)


class Hooked:
    blech = None

    def __getattr__(self, name):
        raise AttributeError("no such thing")


class Given(Hooked):
    def __getattr__(self, name):
        raise AttributeError("no such thing", name="given", obj=None)


for kind in (Hooked, Given):
    o = kind()
    try:
        o.bluch
    except AttributeError as e:
        print(e.name, e.obj is o, e.args)
    print(hasattr(o, "bluch"), getattr(o, "bluch", "default"))


def unbound():
    print(local)
    local = 1


try:
    unbound()
except UnboundLocalError as e:
    print(e, e.name)


def at_exit(*args, **keywords):
    print("exit", args, keywords)


atexit.register(at_exit)
atexit.register(at_exit, 3, 4, key="value", other=5)
