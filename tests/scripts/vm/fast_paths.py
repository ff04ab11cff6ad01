# What the loop does inline, at its edges.
import gc


class Base:
    x = 0

    def __init__(self, w):
        self.w = w

    @property
    def plain(self):
        return self.w

    @property
    def fails(self):
        raise AttributeError("from the getter")

    @property
    def deep(self):
        return [self.plain, self.plain]

    @property
    def recursive(self):
        return self.recursive

    @staticmethod
    def static(a, b=2):
        return a, b

    @classmethod
    def named(cls, a):
        return cls.__name__, a


class Asked(Base):
    def __getattr__(self, name):
        return "asked " + name


class Own(staticmethod):
    def __get__(self, instance, owner=None):
        return lambda *a: ("own", a)


class Derived(Base):
    static = Own(lambda: None)
    named = 5


def look(o):
    got = []
    for name in range(3):
        got.append(o.plain)
        try:
            got.append(o.fails)
        except AttributeError as e:
            got.append(str(e))
    got.append(o.deep)
    return got


for _ in range(4):
    for o in (Base(1), Asked(2), Base([3]), Derived(4)):
        print(look(o))
try:
    Base(1).recursive
except RecursionError as e:
    print(type(e).__name__)
print([Base("t" + str(i)).plain for i in range(3)])


def call(o, i):
    try:
        return o.static(i), o.static(a=i), o.static(*[i, i]), o.named(i)
    except TypeError as e:
        return str(e)


for i in range(3):
    for o in (Base(1), Asked(2), Derived(3), Base, Asked):
        print(call(o, i))
old = Base.__dict__["static"]
Base.static = staticmethod(lambda a, b=0: ("new", a))
Base.plain = property(lambda self: ("new", self.w))
print(call(Base(1), 1), look(Base(5)))
del Base.plain
try:
    look(Base(5))
except AttributeError as e:
    print(e)


def generate(o):
    yield o.w
    yield (lambda p: p.area)(Shape(3))
    yield Shape(4).area


class Shape:
    def __init__(self, n):
        self.n = n

    @property
    def area(self):
        return sum(k for k in range(self.n))


print(list(generate(Base(1))))


# Pairs.
def pairs(iterator):
    got = []
    try:
        for a, b in iterator:
            got.append((a, b))
    except Exception as e:
        got.append((type(e).__name__, str(e)))
    return got


def stops():
    yield 1
    raise ValueError("inside")


print(pairs(zip([1, 2, 3], "ab")), pairs(zip("ab", [1, 2, 3], strict=True)), pairs(zip("abc", [1, 2], strict=True)))
print(pairs(zip([], [1])), pairs(zip([1], [2], [3])), pairs(zip([1, 2])), pairs(zip()))
print(pairs(zip(stops(), stops())), pairs(enumerate(stops())), pairs(zip([1, 2], stops())))
print(pairs(enumerate("ab", 2**62 - 1)), pairs(enumerate("ab", -1)), pairs(enumerate([])))
d = {"a": 1, 2: "b", None: [3]}
print(pairs(d.items()), pairs(reversed(d.items())), pairs({}.items()))
for k, v in {"x": 1}.items():
    print(k, v)
grown = dict(d)
try:
    for k, v in grown.items():
        grown[len(grown)] = 1
except RuntimeError as e:
    print(e)
for (a, b), c in zip([(1, 2), (3, 4)], "xy"):
    print(a, b, c)
for i, (a, b) in enumerate(d.items()):
    print(i, a, b)
for a, *b in zip("ab", "cd"):
    print(a, b)
print([i + j for i, j in enumerate(range(5))], {k: v for k, v in zip("ab", "cd")})
it = iter({"q": 1, "r": 2}.items())
for k, v in it:
    print(k, v, list(it))


class Z(zip):
    def __next__(self):
        return super().__next__() + (1,)


print(pairs(Z("ab")), pairs(Z("ab", "cd")))

# In place, with constants, into attributes and items.
o, l, n = Base(1), [1, [2], "s"], {"k": 1.5}
o.w += 2
o.w -= 10
o.w *= 3
l[0] += 1
l[1] *= 2
l[2] += "t"
n["k"] *= 2
n["k"] -= 0.5
print(o.w, l, n)
for bad in (lambda: l.__setitem__(0, l[2] + 1), lambda: n["z"]):
    try:
        bad()
    except (TypeError, KeyError) as e:
        print(type(e).__name__, e)
try:
    l[2] += 1
except TypeError as e:
    print(e)
o.w = 2**62 - 1
o.w += 1
print(o.w)


# Natives.
def native(f, *args):
    try:
        return f(*args)
    except Exception as e:
        return type(e).__name__, str(e)


def calls():
    yield "abc".startswith("a"), "abc".startswith("b", 1), "abc".startswith("c", 2, 3)
    yield [3, 1].index(1), [1, 2].pop(), [1, 2].pop(0)
    yield str.upper("a"), len([1]), abs(-5), dict.get({1: 2}, 1)
    for f in (lambda: str.upper(1), lambda: str.upper(), lambda: len(), lambda: len(1, 2), lambda: [].append(),
              lambda: [].append(1, 2), lambda: [].pop(), lambda: {}.get(), lambda: list.append(1, 2)):
        yield native(f)


print(list(calls()))


class L(list):
    pass


x = L()
x.append(1)
list.append(x, 2)
print(x, x.index(2), L.__len__(x))
print(["b" in "abc", "" in "abc", "bc" in "abc", "\u20ac" in "abc", "b" in {"b"}, {1} in {frozenset([1])}, 1 in {1: 2}])
for bad in (lambda: 1 in "a", lambda: [] in {1: 2}, lambda: [] in {1}):
    print(native(bad))
print("abc"[-1], "a\u20ac"[1], native(lambda: "abc"[3]), native(lambda: "abc"[-4]))
print([(i, str(i), [i, i], ()) for i in range(3)])
gc.collect()

# Dicts with plain keys and others, and what takes their places.
d = {}
for i in range(40):
    d[str(i % 7)] = d.get(str(i % 7), 0) + i
    d[i % 5] = [i]
d[1.5] = "float"
d[(1, 2)] = "tuple"
d[True] = "true"
d[2**70] = "big"
print(d, 1 in d, 1.0 in d, "3" in d, (1, 2) in d, None in d)


class Key(str):
    def __hash__(self):
        return hash("a")

    def __eq__(self, other):
        return True


k = {"a": 1}
k[Key("z")] = 2
print(k, Key("q") in k, k[Key("w")], {Key(c): c for c in "xyz"})


class D(dict):
    def __missing__(self, key):
        return "missing", key

    def __setitem__(self, key, value):
        super().__setitem__(key, (value,))


m = D(a=1)
m["b"] = 2
print(m, m["b"], m["zz"])
cyclic = {}
cyclic["self"] = cyclic
cyclic["self"] = [cyclic]
del cyclic
print(gc.collect() > 0)
globals()["made"] = 5
print(made, vars()["made"], "made" in globals())


# Builtin types as functions.
class S(str):
    def __str__(self):
        return "S!"


class Bad:
    def __str__(self):
        return 1


for f, a in ((str, ()), (str, (5,)), (str, (-7,)), (str, (True,)), (str, (None,)), (str, (S("x"),)), (str, (Bad(),)),
             (str, (b"x", "ascii")), (str, (b"x", "ascii", "strict")), (str, (1, 2, 3, 4)), (int, ("12",)), (int, ("z", 36)),
             (int, ()), (float, ("1.5",)), (tuple, ("ab",)), (range, (3,)), (range, ()), (bool, ([],)), (object, ()),
             (object, (1,)), (type, (1,)), (list, ("ab",)), (set, ("a",)), (enumerate, ("ab",)), (slice, (1,)),
             (type(None), ()), (type(None), (1,)), (type(...), ()), (complex, (1, 2)), (frozenset, ("a",)), (bytes, (3,)),
             (type(lambda: 0), ()), (Exception, (1, 2)), (KeyError, ())):
    r = native(f, *a)
    print(f.__name__, type(r).__name__ if type(r) in (object, enumerate) else r)
