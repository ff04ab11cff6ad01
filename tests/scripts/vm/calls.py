# Calls of all kinds, and what is wrong with them.
def show(f, *args, **kwargs):
    try:
        print(f.__name__, f(*args, **kwargs))
    except TypeError as e:
        print(f.__name__, 'TypeError:', e)

def none(): return 'none'
def one(a): return a
def two(a, b): return (a, b)
def default(a, b=2, c=3): return (a, b, c)
def star(a, *rest): return (a, rest)
def kw(a, **more): return (a, sorted(more.items()))
def kwonly(a, *, x, y=5): return (a, x, y)
def kwonly2(*, x, y, z): return (x, y, z)
def posonly(a, b, /, c, *, d=4): return (a, b, c, d)
def everything(a, b=2, /, c=3, *rest, d, e=5, **more): return (a, b, c, rest, d, e, sorted(more.items()))

for f in (none, one, two, default, star, kw, kwonly, kwonly2, posonly, everything):
    show(f)
    show(f, 1)
    show(f, 1, 2)
    show(f, 1, 2, 3)
    show(f, 1, 2, 3, 4)
    show(f, 1, 2, 3, 4, 5)
    show(f, a=1)
    show(f, 1, a=1)
    show(f, 1, 2, b=3)
    show(f, 1, x=2)
    show(f, 1, x=2, y=3)
    show(f, 1, 2, 3, d=4)
    show(f, 1, 2, 3, d=4, x=9, y=8)
    show(f, 1, 2, x=1)
    show(f, *range(3))
    show(f, *[1, 2], **{'c': 3})
    show(f, *(), **{'x': 1, 'y': 2, 'z': 3})
    show(f, **{'a': 1, 'b': 2})

def outer():
    def inner(x, y): pass
    class Local:
        def method(self, x): pass
        @classmethod
        def c(cls, x): pass
        @staticmethod
        def s(x): pass
    return inner, Local

inner, Local = outer()
show(inner)
show(Local().method)
show(Local().method, 1, 2)
show(Local.method, 1, 2, 3)
show(Local.c)
show(Local.s)
show(Local.s, 1, 2)

class NoInit: pass
class WithInit:
    def __init__(self, a, b=1): self.a = a
class BadInit:
    def __init__(self): return 5
class WithNew:
    def __new__(cls, *args, **kw):
        self = super().__new__(cls)
        self.args = args
        return self
    def __init__(self, *args, **kw):
        self.kw = kw
def construct(c, *args, **kw):
    try:
        o = c(*args, **kw)
        print(c.__name__, sorted(o.__dict__.items()))
    except TypeError as e:
        print(c.__name__, 'TypeError:', e)
for c in (NoInit, WithInit, BadInit, WithNew):
    construct(c)
    construct(c, 1)
    construct(c, 1, 2)
    construct(c, 1, 2, 3)
    construct(c, a=1)
    construct(c, q=1)

class Callable:
    def __call__(self, *args, **kw): return args, kw
print(Callable()(1, 2, x=3))
for bad in (1, None, 'x', [], Callable):
    try:
        bad(1)(2)(3)
    except TypeError as e:
        print('TypeError:', e)
try:
    print(*5)
except TypeError as e:
    print(e)
try:
    one(**5)
except TypeError as e:
    print(e)
try:
    one(**{1: 2})
except TypeError as e:
    print(e)
try:
    one(*[1], **{'a': 2})
except TypeError as e:
    print(e)
try:
    kw(1, **{'z': 1}, **{'z': 2})
except TypeError as e:
    print(e)
try:
    kw(1, z=1, **{'z': 2})
except TypeError as e:
    print(e)

# evaluation order and rebinding of operands
def trace(x):
    print('eval', x)
    return x
two(trace(1), b=trace(2))
a = 1
print(a + (a := 10), a)
print([a, (a := a + 1), a])
def walrus(n):
    return n + (n := n * 2) + n
print(walrus(3))
class Counter:
    def __init__(self): self.n = 0
    def add(self, k): self.n += k; return self
c = Counter()
print(c.add(1).add(c.n).add(c.n).n)
print((lambda *a, k=2, **kk: (a, k, kk))(1, 2, k=3, z=4))
print(sorted([(1, 'b'), (0, 'a')], key=lambda t: t[1]))
f = lambda x=[]: x
f().append(1)
print(f())

# many arguments, and frames at chunk edges
def many(*args): return len(args)
print(many(*range(5000)))
def deep(n, *args):
    if n == 0:
        return sum(args)
    return deep(n - 1, *args) + 1
print(deep(400, *range(100)))
def names(**kw): return len(kw)
print(names(**{'k%d' % i: i for i in range(1000)}))
class Init:
    def __init__(self, depth, *rest):
        self.inner = Init(depth - 1, *rest) if depth else None
i = Init(200, 1, 2, 3)
n = 0
while i is not None:
    i = i.inner
    n += 1
print(n)

def recurse(n): return recurse(n + 1)
try:
    recurse(0)
except RecursionError as e:
    print('RecursionError:', e)
class Rec:
    def __getattr__(self, name): return getattr(self, name + 'x')
try:
    Rec().a
except RecursionError as e:
    print('RecursionError', str(e)[:32])
class Eq:
    def __eq__(self, other): return [self] == [other]
try:
    Eq() == Eq()
except RecursionError as e:
    print('RecursionError', str(e)[:32])
l = []
for _ in range(100000): l = [l]
try:
    repr(l)
except RecursionError as e:
    print('RecursionError', str(e)[:32])
del l
print('done')
