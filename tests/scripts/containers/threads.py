# Containers and iterators shared by threads: nothing is lost, nothing foreign appears, nothing crashes.
import functools
import itertools
import threading
from _queue import SimpleQueue
from collections import OrderedDict, defaultdict, deque

N = 4
ROUNDS = 1500
failures = []


def run(*works):
    def guard(work, n):
        try:
            work(n)
        except Exception as e:
            failures.append((work.__name__, type(e).__name__, str(e)))

    threads = [threading.Thread(target=guard, args=(works[i % len(works)], i)) for i in range(N)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


# deque: every item that goes in comes out once
d = deque()
out = [[] for _ in range(N)]


def produce(n):
    for i in range(ROUNDS):
        d.append((n, i)) if i & 1 else d.appendleft((n, i))


def consume(n):
    for _ in range(ROUNDS):
        try:
            out[n].append(d.pop() if n & 2 else d.popleft())
        except IndexError:
            d.rotate(3)


run(produce, consume)
rest = list(d) + [x for o in out for x in o]
print(len(rest), len(set(rest)))

# a queue keeps the order of each producer
q = SimpleQueue()
got = [[] for _ in range(N)]


def put(n):
    for i in range(ROUNDS):
        q.put((n, i))
    q.put(None)


def take(n):
    while True:
        item = q.get()
        if item is None:
            return
        got[n].append(item)


run(put, take)
items = [x for g in got for x in g]
print(len(items), len(set(items)))
for g in got:
    for n in range(N):
        mine = [i for m, i in g if m == n]
        assert mine == sorted(mine)

# one dict, list and set, everything at once
shared, lst, st = {}, [], set()


def mix(n):
    for i in range(ROUNDS):
        k = "k%d" % (i % 50)
        shared[k] = (k, n)
        v = shared.get("k%d" % (i * 7 % 50))
        assert v is None or v[0] in shared or v[0][0] == "k"
        if i % 11 == 0:
            shared.pop(k, None)
        if i % 200 == 0:
            shared.clear()
        if i % 50 == 0:
            dict(shared), list(shared.items()), sorted(shared), shared | {1: 2}
        lst.append((i, n))
        if i % 3 == 0:
            try:
                lst.pop(i % 5)
            except IndexError:
                pass
        if i % 100 == 0:
            lst[:] = lst[-20:]
        if i % 40 == 0:
            lst.sort()
            lst.reverse()
        for x in lst[:5]:
            assert len(x) == 2
        st.add((i % 30, "s"))
        (i % 17, "s") in st
        st.discard((i % 13, "s"))
        if i % 60 == 0:
            st | {1}, st - {2}, sorted(st), len(st)
        try:
            for x in st:
                assert x[1] == "s"
                break
        except RuntimeError:
            pass


run(mix)
print(len(failures), failures[:3])
failures.clear()

# OrderedDict and lru_cache
od = OrderedDict()


@functools.lru_cache(maxsize=32)
def square(x):
    return (x, x * x)


def order(n):
    for i in range(ROUNDS):
        k = "k%d" % (i % 40)
        od[k] = (k, i)
        try:
            od.move_to_end("k%d" % (i * 3 % 40), last=bool(i & 1))
            if i % 5 == 0:
                od.popitem(last=bool(i & 2))
            assert od["k%d" % (i % 7)][0] == "k%d" % (i % 7)
        except KeyError:
            pass
        x = i * (n + 1) % 60
        assert square(x) == (x, x * x)


run(order)
print(len(failures), failures[:3], square.cache_info().currsize <= 32)
failures.clear()

# shared iterators: items may repeat between threads, none is foreign
source = list(range(1000))
for it in (iter(source), iter(tuple(source)), iter(range(1000)), reversed(source), enumerate(source), iter(dict.fromkeys(source)),
           itertools.count(), itertools.cycle(source), itertools.chain(source, source), zip(source, source),
           map(int, source), filter(None, source), itertools.islice(source, 5, None), itertools.tee(source)[0],
           itertools.permutations(range(6)), itertools.product(range(10), repeat=3), iter(deque(source)), itertools.repeat(5, 999),
           itertools.accumulate(source), itertools.pairwise(source), itertools.zip_longest(source, source)):

    def walk(n):
        for i, x in zip(range(1500), it):
            assert x is not None

    run(walk)
# A dict's iterator that threads share may also find that its place and its count do not agree.
failures = [f for f in failures if "re-enter" not in f[2] and "generator" not in f[2] and "changed during" not in f[2]]
print(len(failures), failures[:3])
failures.clear()

# counters in cells of a module's namespace and a defaultdict
dd = defaultdict(list)


def count(n):
    for i in range(ROUNDS):
        globals()["g%d" % (i % 20)] = (n, i)
        if i % 9 == 0:
            globals().pop("g%d" % (i % 13), None)
        dd[i % 25].append(n)
    for name in list(globals()):
        assert isinstance(name, str)


run(count)
print(len(failures), failures[:3], sum(len(v) for v in dd.values()) <= N * ROUNDS)
