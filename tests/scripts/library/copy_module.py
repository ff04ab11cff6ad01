import copy
import weakref
from copy import copy as shallow, deepcopy


def show(f, *args, **kwargs):
    try:
        print(repr(f(*args, **kwargs)))
    except Exception as e:
        print(type(e).__name__, e)


a = [1, [2, 3], {"k": [4]}, (5, [6])]
b, c = shallow(a), deepcopy(a)
print(b == a, b is a, b[1] is a[1], c == a, c[1] is a[1], c[2]["k"] is a[2]["k"], c[3] is a[3])
for v in (None, 1, 2.5, "s", b"b", (1, 2), frozenset([1]), int, len, range(3), ..., NotImplemented, print, 1 + 2j, slice(1)):
    print(shallow(v) is v, deepcopy(v) == v, end=" ")
print()
print(shallow({1, 2}), deepcopy(bytearray(b"x")), shallow({"a": 1}), deepcopy({(1, 2): [3]}))
loop = []
loop.append(loop)
d = deepcopy(loop)
print(d[0] is d, d is not loop)
shared = [1]
two = deepcopy([shared, shared])
print(two[0] is two[1], two[0] is shared)


class C:
    def __init__(self, x):
        self.x = x
        self.me = self

    def __eq__(self, o):
        return self.x == o.x


o = C([1])
s, d = shallow(o), deepcopy(o)
print(s.x is o.x, s.me is o, d.x is o.x, d.x, d.me is d, type(d).__name__)


class Slots:
    __slots__ = ("a", "b")


o = Slots()
o.a = [1]
d = deepcopy(o)
print(d.a, d.a is o.a, hasattr(d, "b"))


class Own:
    def __copy__(self):
        return "copied"

    def __deepcopy__(self, memo):
        return "deep", len(memo)


print(shallow(Own()), deepcopy(Own()), deepcopy([Own()]))


class State:
    def __init__(self):
        self.log = []

    def __getstate__(self):
        return {"s": 1}

    def __setstate__(self, state):
        self.got = state


print(shallow(State()).__dict__, deepcopy(State()).__dict__)


class Reduce:
    def __init__(self, *a):
        self.a = a

    def __reduce__(self):
        return Reduce, (1, [2]), {"extra": 3}


r = deepcopy(Reduce())
print(r.a, r.extra, r.__dict__)


class NewArgs(tuple):
    def __new__(cls, a, b):
        return super().__new__(cls, (a, b))

    def __getnewargs__(self):
        return (self[0], self[1])


n = NewArgs(1, [2])
n.z = [3]
d = deepcopy(n)
print(d, d[1] is n[1], d.z, d.z is n.z, type(d).__name__, shallow(n) == n)


class L(list):
    pass


class D(dict):
    pass


l = L([1, [2]])
l.attr = [1]
m = deepcopy(l)
print(m, type(m).__name__, m.attr, m.attr is l.attr, type(shallow(D(a=1))).__name__, shallow(D(a=1)))
show(deepcopy, (i for i in ()))
show(shallow, iter)
show(deepcopy, {}.keys())
w = weakref.ref(C)
print(deepcopy(w) is w, shallow(w) is w)
e = ValueError("x", [1])
e.note = "n"
f = deepcopy(e)
print(f.args, f.note, f.args[1] is e.args[1], type(f).__name__)
memo = {}
x = [1]
y = deepcopy(x, memo)
print(memo[id(x)] is y, copy.Error, copy.error is copy.Error)
from collections import OrderedDict, defaultdict, deque, Counter, namedtuple
P = namedtuple("P", "x y")
for v in (OrderedDict(a=[1]), defaultdict(list, a=[1]), deque([[1]], 3), Counter("aab"), P([1], 2)):
    d = deepcopy(v)
    print(d == v, type(d) is type(v), shallow(v) == v, getattr(d, "maxlen", None), getattr(d, "default_factory", None))
def func(): pass
print(deepcopy(func) is func, deepcopy([].append) != [].append, deepcopy(C.__init__) is C.__init__)
bound = deepcopy(C(1).__eq__)
print(bound.__self__.x, type(bound).__name__)
