# functools, operator, heapq, bisect.
import bisect
import functools
import heapq
import operator


@functools.lru_cache(maxsize=3)
def f(*args, **kw):
    calls.append((args, kw))
    return len(calls)


calls = []
print([f(1), f(2), f(3), f(1), f(4), f(2), f(a=1), f(a=1), f(1, a=1)], calls, f.cache_info(), f.cache_parameters())
f.cache_clear()
print(f.cache_info(), f.__wrapped__.__name__, f.__name__)


@functools.cache
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print(fib(80), fib.cache_info())


@functools.lru_cache(typed=True)
def typed(x):
    return type(x).__name__


print(typed(1), typed(1.0), typed(True), typed.cache_info())


class C:
    @functools.lru_cache
    def m(self, x):
        return x * 2

    @functools.cached_property
    def p(self):
        print("computed")
        return 5


c = C()
print(c.m(3), c.m(3), C.m.cache_info(), c.p, c.p)
p = functools.partial(int, base=2)
print(p("11"), functools.partial(p, "101")(), p, p.func, p.args, p.keywords)
q = functools.partial(max, 1, 2)
q.attr = 3
print(q(5), q.attr, q.__dict__, functools.partial(q, 7)(0))
print(functools.reduce(lambda a, b: a * 10 + b, range(1, 5)))
print(sorted("bca", key=functools.cmp_to_key(lambda a, b: (a < b) - (a > b))))
K = functools.cmp_to_key(lambda a, b: a - b)
print(K(1) < K(2), K(2) == K(2), K(3) >= K(4), K(1).obj)
print(operator.itemgetter(1)("abc"), operator.itemgetter(0, 2)([1, 2, 3]), operator.attrgetter("real", "imag")(3))
print(operator.methodcaller("split", ",", maxsplit=1)("a,b,c"), operator.attrgetter("__class__.__name__")(1))
print(operator.iadd([1], [2]), operator.contains([1], 1), operator.countOf([1, 2, 1], 1), operator.indexOf("abc", "c"))
print(operator.call(divmod, 7, 2), operator.not_([]), operator.is_(None, None), operator.inv(5), operator.pow(2, 10))
data = [i * 7919 % 101 for i in range(50)]
h = []
for x in data:
    heapq.heappush(h, x)
print([heapq.heappop(h) for _ in range(50)] == sorted(data))
h = data[:]
heapq.heapify(h)
print(h[0], heapq.heappushpop(h, -1), heapq.heapreplace(h, 1000), heapq.nsmallest(3, data), heapq.nlargest(3, data))
print(heapq.nsmallest(2, data, key=lambda x: -x), list(heapq.merge([1, 4], [2, 3], [0, 9])))
a = [1, 3, 3, 5]
print(bisect.bisect(a, 3), bisect.bisect_left(a, 3), bisect.bisect(a, 3, 0, 1), bisect.bisect(a, 2, key=lambda x: -x))
bisect.insort(a, 4)
bisect.insort_left(a, 3)
bisect.insort(a, 0, key=lambda x: x)
print(a)
for call in (lambda: bisect.bisect(a, 1, -1), lambda: heapq.heappop([]), lambda: heapq.heappop(()), lambda: K(1) < 2):
    try:
        call()
    except Exception as e:
        print(type(e).__name__, e)
