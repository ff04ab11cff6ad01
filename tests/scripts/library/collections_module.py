import collections
from collections import ChainMap, Counter, OrderedDict, UserDict, UserList, UserString, abc, defaultdict, deque, namedtuple


def show(f, *args, **kwargs):
    try:
        print(repr(f(*args, **kwargs)))
    except Exception as e:
        print(type(e).__name__, e)


# --- namedtuple
Point = namedtuple("Point", "x y", defaults=[5])
p = Point(1)
print(p, p.x, p[1], p._replace(x=3), p._asdict(), Point._make([7, 8]), Point._fields, Point._field_defaults)
print(Point.__doc__, Point.x.__doc__, p == (1, 5), hash(p) == hash((1, 5)), isinstance(p, tuple), Point.__match_args__)
show(Point)
show(Point, 1, 2, 3)
show(Point, z=3)
show(p._replace, z=1)
show(setattr, p, "x", 3)
show(namedtuple, "A", "def x")
show(namedtuple, "A", "x x")
show(namedtuple, "A", "_x")
show(namedtuple, "A", "3x")
print(namedtuple("A", "x def x _y", rename=True)._fields, Point.__new__.__defaults__)


class Sub(Point):
    __slots__ = ()

    @property
    def norm(self):
        return self.x + self.y


print(Sub(1, 2).norm, Sub(1, 2), Point(*[1, 2]))
a, b = p
print(a, b, [*p], p + (1,), p.count(1), p.index(5), p.__getnewargs__())

# --- Counter
c = Counter("abracadabra")
print(c, c.most_common(2), c["z"], sorted(c.elements()), c.total(), Counter(a=1) + Counter(a=2, b=-1))
c.update("aa")
c.subtract({"b": 5})
print(c, +c, -c, c & Counter(a=2), c | Counter(z=1), Counter(a=3) - Counter(a=1, b=2))
show(Counter.fromkeys, "ab")
del c["nothing"]
print(Counter([1, 2, 2, 3]).most_common(), Counter({"a": 2})["b"], dict(Counter("ab")))

# --- OrderedDict
o = OrderedDict([("a", 1), ("b", 2), ("c", 3)])
o.move_to_end("a")
print(o, list(o), o.popitem(), o.popitem(last=False), o, list(reversed(OrderedDict(x=1, y=2))))
o.move_to_end("c", last=False)
print(o == OrderedDict(c=3), OrderedDict(a=1, b=2) == OrderedDict(b=2, a=1), OrderedDict(a=1, b=2) == {"b": 2, "a": 1})
show(o.move_to_end, "zz")
show(OrderedDict().popitem)

# --- defaultdict
d = defaultdict(list)
d["a"].append(1)
print(d, d["b"], d.get("c"), dict(d), d.default_factory, d | {"z": 1})
show(defaultdict(None).__getitem__, "x")

# --- deque
q = deque([1, 2, 3], maxlen=4)
q.append(4)
q.append(5)
q.appendleft(0)
q.rotate(1)
print(q, q.maxlen, q.popleft(), q.pop(), q.index(2), q.count(2), list(reversed(q)), q + deque([9]))
q.extendleft("ab")
print(q, q[0], q[-1], 2 in q, deque("abc") < deque("abd"), deque("ab") * 2)
show(q.__getitem__, 10)

# --- ChainMap
m = ChainMap({"a": 1}, {"a": 2, "b": 3})
print(m, m["a"], m["b"], dict(m), list(m), len(m), m.new_child({"c": 4}), m.parents, m.maps)
m["b"] = 9
print(m, m.pop("b"), "b" in m)
show(m.__delitem__, "b")
show(m.__getitem__, "none")

# --- User…
class UD(UserDict):
    def __missing__(self, k):
        return "missing " + k


u = UD(a=1)
print(u, u["a"], u["q"], u.data, "a" in u, u | {"b": 2})
ul = UserList([3, 1, 2])
ul.sort()
print(ul, ul[1:], ul + [4], ul * 2, ul.index(2), 3 in ul, len(ul))
us = UserString("abc")
print(us, us.upper(), us + "d", us[1:], us == "abc", "b" in us, hash(us) == hash("abc"), us.join(["x", "y"]))

# --- the abstract classes
print([isinstance(x, abc.Mapping) for x in ({}, [], u, m, c)], isinstance([], abc.Sequence), isinstance("", abc.Sequence),
      isinstance({1}, abc.Set), isinstance(len, abc.Callable), isinstance(iter([]), abc.Iterator), isinstance(3, abc.Hashable),
      isinstance([], abc.Hashable), isinstance((x for x in ()), abc.Generator), isinstance(range(3), abc.Sequence),
      isinstance({}.keys(), abc.KeysView), isinstance(bytearray(), abc.MutableSequence), isinstance(b"", abc.ByteString),
      issubclass(dict, abc.MutableMapping), issubclass(tuple, abc.MutableSequence))


class MySeq(abc.Sequence):
    def __init__(self, *items):
        self.items = items

    def __getitem__(self, i):
        return self.items[i]

    def __len__(self):
        return len(self.items)


s = MySeq(1, 2, 3, 2)
print(list(s), 2 in s, s.index(2), s.count(2), list(reversed(s)))
show(s.index, 9)


class MySet(abc.Set):
    def __init__(self, items):
        self.items = list(dict.fromkeys(items))

    def __contains__(self, x):
        return x in self.items

    def __iter__(self):
        return iter(self.items)

    def __len__(self):
        return len(self.items)


x, y = MySet("abc"), MySet("bcd")
print(sorted(x & y), sorted(x | y), sorted(x - y), sorted(x ^ y), x == MySet("cab"), x <= y, x.isdisjoint(MySet("z")), x < MySet("abcd"))


class MyMap(abc.MutableMapping):
    def __init__(self):
        self.d = {}

    def __getitem__(self, k):
        return self.d[k]

    def __setitem__(self, k, v):
        self.d[k] = v

    def __delitem__(self, k):
        del self.d[k]

    def __iter__(self):
        return iter(self.d)

    def __len__(self):
        return len(self.d)


mm = MyMap()
mm.update(a=1, b=2)
print(mm.get("a"), mm.pop("a"), mm.setdefault("z", 5), dict(mm), list(mm.items()), mm.popitem(), mm == {"b": 2} or dict(mm), "q" in mm)
mm.clear()
print(len(mm), list(mm.keys()), list(mm.values()))
show(abc.Sequence)
show(MyMap().popitem)
print(abc.Mapping[str, int], abc.Callable[[int], str], list[int] | None)
show(getattr, collections, "Mapping")
