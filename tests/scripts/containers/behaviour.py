# Dicts, lists and sets under change: order, iteration, keys that run code, sorting, slices.
from collections import OrderedDict, defaultdict, deque


def raises(f):
    try:
        return f()
    except Exception as e:
        return type(e).__name__ + ": " + str(e)


# order
d = {i: i for i in range(20)}
for i in range(0, 20, 2):
    del d[i]
d[4] = "back"
d[1] = "same place"
print(list(d), list(reversed(d)), d.popitem(), len(d))
print(list(d.items())[:3], list(reversed(d.values()))[:2], list(reversed(d.items()))[:2])
big = {}
for i in range(5000):
    big[i * 7 % 5003] = i
    big["k%d" % (i % 100)] = i
for i in range(0, 5000, 3):
    big.pop(i * 7 % 5003)
print(len(big), sum(v for v in big.values()), list(big)[:5], list(big)[-5:])
copy = big.copy()
print(copy == big, copy is big, list(copy) == list(big))

# mixed equal keys
d = {1: "a"}
d[1.0] = "b"
d[True] = "c"
print(d, d[1], 1.0 in d, True in d)
d = {"x": 1, 2: 3, None: 4, (1, 2): 5, 2.5: 6, True: 7, frozenset([1]): 8}
print(d, d[None], d[(1, 2)], d[2.5], d[1], d[frozenset([1])])


class Key:
    log = []

    def __init__(self, n):
        self.n = n

    def __hash__(self):
        return 42

    def __eq__(self, other):
        Key.log.append((self.n, getattr(other, "n", other)))
        return isinstance(other, Key) and self.n == other.n

    def __repr__(self):
        return "Key(%d)" % self.n


d = {Key(i): i for i in range(3)}
Key.log.clear()
print(d[Key(2)], Key.log)


class Evil:
    def __init__(self, target, action):
        self.target, self.action, self.done = target, action, False

    def __hash__(self):
        return 7

    def __eq__(self, other):
        if not self.done:
            self.done = True
            self.action(self.target)
        return self is other


for action in (lambda t: t.clear(), lambda t: t.update({i: i for i in range(50)}), lambda t: t.pop(7, None)):
    d = {}
    d[Evil(d, action)] = 1
    d[7] = 2
    print(len(d), d.get(7), 7 in d)
    s = set()
    s.add(Evil(s, (lambda t: t.clear()) if action.__code__.co_argcount else None))
    s.add(7)
    print(len(s), 7 in s)

# changes during iteration
for change in (lambda d: d.pop(1), lambda d: d.update(x=1), lambda d: d.clear()):
    d = {1: 1, 2: 2, 3: 3}

    def walk():
        seen = []
        for k in d:
            seen.append(k)
            if len(seen) == 1:
                change(d)
        return seen

    print(raises(walk))
s = {1, 2, 3}


def walk():
    for x in s:
        s.add(x + 10)


print(raises(walk))
l = [1, 2, 3]
for x in l:
    if len(l) < 8:
        l.append(x * 2)
print(l)
dq = deque([1, 2, 3])


def walk():
    for x in dq:
        dq.append(x)


print(raises(walk))

# sets of ints keep CPython's order
print({5, 3, 1, 100, 33, 8, 16, 24, 0, -1})
s = set(range(100, 0, -7))
print(s, s - {2, 9}, s & set(range(0, 100, 2)), s ^ {1, 2, 3}, {1000} | s)
s.discard(2)
s.remove(9)
print(s.pop(), s.pop(), s, len(s))
print(frozenset([1, 2]) in {frozenset([1, 2]): 1}, {1, 2} in {frozenset([1, 2])})
s = set()
for i in range(1000):
    s.add(i * i % 1009)
    if i % 3 == 0:
        s.discard(i)
print(len(s), sorted(s)[:10], list(s)[:10])

# sorting


class Dice:
    state = 5

    def randrange(self, n):
        self.state = (self.state * 1103515245 + 12345) % 2147483648
        return (self.state >> 8) % n


random = Dice()
data = [random.randrange(1000) for _ in range(3000)]
print(sorted(data)[:5], sorted(data, reverse=True)[:5], sorted(data) == sorted(sorted(data, reverse=True)))
pairs = [(x % 10, i) for i, x in enumerate(data)]
by = sorted(pairs, key=lambda p: p[0])
print(all(a[0] < b[0] or a[0] == b[0] and a[1] < b[1] for a, b in zip(by, by[1:])))
by = sorted(pairs, key=lambda p: p[0], reverse=True)
print(all(a[0] > b[0] or a[0] == b[0] and a[1] < b[1] for a, b in zip(by, by[1:])))
print(sorted(pairs) == sorted(pairs[::-1]), sorted(map(str, data))[:4], sorted([2.5, 1, 3.0, 2]))
print(sorted(["b", "a", "é", "z", "中"]), sorted([(1, "b"), (1, "a"), (0, "z")]), sorted([[2], [1, 5], [1]]))
for n in (0, 1, 2, 3, 31, 32, 33, 63, 64, 65, 127, 128, 129, 1000, 2000):
    a = [random.randrange(n + 1) for _ in range(n)]
    b = a[: n // 2] + sorted(a[n // 2 :]) + a[::-1]
    for v in (a, b, [x * 1.5 for x in a], [str(x) for x in b], [(x, -x) for x in a]):
        r = sorted(v)
        assert all(p <= q for p, q in zip(r, r[1:])), n
        assert sorted(v, key=lambda x: x, reverse=True) == r[::-1]
l = [3, 2, 1]
print(raises(lambda: l.sort(key=lambda x: l.append(x))), l)
print(raises(lambda: l.sort(key=lambda x: 1 / 0)), l)


class Less:
    def __init__(self, x):
        self.x = x

    def __lt__(self, other):
        return self.x < other.x


print([v.x for v in sorted(map(Less, [3, 1, 2, 5, 4]))])

# slices
a = list(range(10))
a[2:5] = "xy"
print(a)
a[::3] = [0] * len(a[::3])
print(a)
del a[1::2]
print(a)
a[1:1] = a
print(a)
a[5:2] = [99]
print(a, a[-100:3], a[3:-100:-1], a[::-2])
del a[-1], a[0], a[:2]
print(a)
a *= 3
a += (1, 2)
a.insert(-1, "i")
a.insert(100, "e")
a.insert(-100, "b")
print(a, a.count(0), a.index("i"))
a.reverse()
a.remove("i")
print(a, a.pop(0), a.pop(-1), a.copy() == a)
a.clear()
print(a, [[0] * 2] * 2, [1, 2, 3] > [1, 2], [1, 2] == [1, 2], [] < [0])

# subclasses
class D(dict):
    def __missing__(self, key):
        return "missing %s" % key


print(D(a=1)["b"], D(a=1).get("b"), D(a=1), D.fromkeys([1]).__class__.__name__)
dd = defaultdict(list)
dd["a"].append(1)
dd["b"]
print(dd, dd.copy(), dd | {"c": 1}, dd.default_factory, "z" in dd)
od = OrderedDict((c, i) for i, c in enumerate("abcdef"))
od.move_to_end("a")
od.move_to_end("f", last=False)
print(od, od.popitem(), od.popitem(last=False), list(reversed(od)))
for i in range(1000):
    od[i] = i
    od.move_to_end(max(i - 5, 0))
    if len(od) > 50:
        od.popitem(last=False)
print(list(od.items())[:5], len(od))
od["b"] = 1
print(od | {"zz": 1}, od.pop("nope", 5), od.setdefault("q"), OrderedDict(od) == od)


class L(list):
    pass


x = L([1, 2])
x.extra = 5
print(x, x.extra, x + [3], type(x + [3]).__name__, type(x[:]).__name__, x.__dict__)


class T(tuple):
    def __new__(cls, *a):
        return super().__new__(cls, a)


y = T(1, 2, 3)
y.name = "n"
print(y, y[1:], type(y[1:]).__name__, y.name, hash(y) == hash((1, 2, 3)), y == (1, 2, 3))


class S(set):
    pass


print(S([1]), type(S([1]) | {2}).__name__, S([1]) == {1}, repr(S()))

# deque
q = deque(range(5), maxlen=5)
q.append(5)
q.appendleft(-1)
q.rotate(2)
print(q, q.maxlen, q[2], list(reversed(q)), q.count(3), 3 in q)
q.extendleft([7, 8])
q.extend([9])
q.insert(2, 0) if len(q) < 5 else None
del q[0]
q.insert(1, "i")
q[2] = "s"
q.reverse()
print(q, q.index("s"), q.copy(), q == q.copy())
q.remove("s")
print(q, q.pop(), q.popleft(), len(q), bool(q), bool(deque()))
big = deque()
for i in range(1000):
    big.append(i)
    if i % 3:
        big.popleft()
big.rotate(-100)
print(len(big), big[0], big[-1], big[len(big) // 2])
