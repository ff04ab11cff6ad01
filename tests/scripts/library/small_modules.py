# keyword, reprlib, types, operator, heapq, bisect, stat, copyreg, enum: a little of each
import bisect
import copyreg
import enum
import heapq
import keyword
import operator
import reprlib
import stat
import sys
import types


def show(f, *args, **kwargs):
    try:
        print(repr(f(*args, **kwargs)))
    except Exception as e:
        print(type(e).__name__, e)


print(keyword.iskeyword("for"), keyword.iskeyword("x"), len(keyword.kwlist), keyword.softkwlist, keyword.issoftkeyword("match"))

# --- reprlib
r = reprlib.Repr()
print(reprlib.repr(list(range(100))), reprlib.repr("x" * 100), reprlib.repr({i: i for i in range(50)}), reprlib.repr(set(range(30))))
r.maxlist = 2
r.maxlevel = 2
print(r.repr([[[[1]]], 2, 3]), r.repr((1,)), r.repr(10 ** 60), reprlib.repr(frozenset("abcdefgh")), reprlib.aRepr is not r)


class Rec:
    def __init__(self):
        self.items = [self]

    @reprlib.recursive_repr("<...>")
    def __repr__(self):
        return "<" + repr(self.items) + ">"


print(Rec())

# --- types
ns = types.SimpleNamespace(a=1, b="x")
ns.c = [ns.a]
print(ns, ns == types.SimpleNamespace(a=1, b="x", c=[1]))
proxy = types.MappingProxyType({"k": 1})
print(proxy, proxy["k"], dict(proxy), proxy | {"z": 2})
show(operator.setitem, proxy, "k", 2)
print(types.new_class("N", (int,), {}, lambda d: d.update(x=5)).x, types.new_class("M").__mro__[1], types.resolve_bases((list,)))
m = types.ModuleType("mod", "doc")
print(m.__name__, m.__doc__, isinstance(sys, types.ModuleType))


def gen():
    yield 1


print([isinstance(v, t) for v, t in [(gen, types.FunctionType), (gen(), types.GeneratorType), (gen.__code__, types.CodeType),
      (len, types.BuiltinFunctionType), ([].append, types.BuiltinMethodType), (ns.__init__, types.MethodWrapperType),
      (str.join, types.MethodDescriptorType), (None, types.NoneType), (..., types.EllipsisType), (list[int], types.GenericAlias),
      (int | str, types.UnionType), (sys._getframe(), types.FrameType), ((lambda: 0), types.LambdaType)]])


@types.coroutine
def co():
    x = yield 1
    return x


async def user():
    return await co()


u = user()
print(u.send(None))
try:
    u.send("back")
except StopIteration as e:
    print(e.value)


class D:
    @types.DynamicClassAttribute
    def x(self):
        return "instance"


print(D().x)
show(lambda: D.x)
f = types.FunctionType(gen.__code__, {"a": 1}, "renamed")
print(f.__name__, list(f()), types.MethodType(lambda self, y: (self, y), 3)(4), types.CellType(5).cell_contents)

# --- operator
print(operator.itemgetter(1, 0)("ab"), operator.attrgetter("a", "b")(ns), operator.methodcaller("upper")("x"), operator.concat([1], [2]),
      operator.countOf([1, 1, 2], 1), operator.indexOf("abc", "c"), operator.length_hint(iter([1, 2])), operator.truth([]),
      operator.index(True), operator.contains([1], 1), operator.iadd([1], [2]), operator.matmul.__name__, operator.call(max, 1, 2))
show(operator.index, 1.5)

# --- heapq, bisect
h = [5, 1, 4]
heapq.heapify(h)
heapq.heappush(h, 0)
print(h, heapq.heappop(h), heapq.heapreplace(h, 9), heapq.heappushpop(h, 2), heapq.nlargest(2, h), heapq.nsmallest(2, h),
      list(heapq.merge([1, 4], [2, 3])), heapq.nlargest(2, "abc", key=ord), list(heapq.merge("ca", "b", reverse=True)))
s = [1, 3, 3, 5]
print(bisect.bisect(s, 3), bisect.bisect_left(s, 3), bisect.insort(s, 4), s, bisect.bisect([3, 2, 1], -2, key=lambda x: -x))

# --- stat
print(stat.S_ISDIR(0o040755), stat.S_ISREG(0o100644), oct(stat.S_IMODE(0o104755)), oct(stat.S_IFMT(0o100644)), stat.ST_SIZE)
print([stat.filemode(x) for x in (0o100644, 0o040755, 0o120777, 0o104755, 0o102644, 0o041777, 0o041776, 0o060600, 0o020600, 0o010600, 0o140600, 0)])
show(stat.S_ISDIR, -1)
show(stat.S_ISDIR, "x")
print(stat.S_IRWXU, stat.S_ISUID, stat.S_ISDOOR(0), stat.UF_NODUMP, stat.FILE_ATTRIBUTE_HIDDEN)


# --- enum
class Color(enum.Enum):
    RED = 1
    GREEN = 2
    ALIAS = 1

    def describe(self):
        return self.name.lower()


class Flag(enum.Flag):
    A = enum.auto()
    B = enum.auto()
    AB = A | B


class Number(enum.IntEnum):
    ONE = 1
    TWO = 2


print(Color.RED, repr(Color.GREEN), Color(1), Color["GREEN"], Color.ALIAS is Color.RED, list(Color), Color.RED.describe(), len(Color))
print(Flag.A | Flag.B, Flag.AB & Flag.A, Flag(0), Flag.A in Flag.AB, Number.ONE + 1, Number.TWO > 1, sorted(Number), Number(2).name)
show(Color, 9)
show(setattr, Color, "RED", 3)
show(lambda: Color.BLUE)
print({Color.RED: "r"}[Color(1)], Color.__members__.keys(), isinstance(Color.RED, Color), hash(Color.RED) == hash("RED"))


class Str(enum.StrEnum):
    X = enum.auto()
    Y = "why"


print(Str.X, Str.Y, Str.X == "x", f"{Str.Y}", Color.RED.value)


@enum.unique
class U(enum.Enum):
    A = 1


try:
    @enum.unique
    class V(enum.Enum):
        A = 1
        B = 1
except ValueError as e:
    print(e)

# --- copyreg
class Old:
    def __init__(self, x):
        self.x = x


copyreg.pickle(Old, lambda o: (Old, (o.x,)))
print(copyreg.dispatch_table[Old](Old(3))[1], copyreg.__newobj__(list), Old(2).__reduce_ex__(2)[0] is copyreg.__newobj__)
show(copyreg.pickle, Old, 3)
show(copyreg.constructor, 3)
print(copyreg._slotnames(Old))
