# Iterators: length hints, pickling state, copies, exhaustion.
import itertools
from collections import deque


def again(it):
    """A deep copy through __reduce__, as copy and pickle make one."""
    if isinstance(it, tuple):
        return tuple(again(x) for x in it)
    if not hasattr(it, "__next__") and "_tee" not in type(it).__name__:
        return list(it) if isinstance(it, list) else it
    make, args, *state = it.__reduce__()
    new = make(*again(args))
    if state:
        new.__setstate__(again(state[0]))
    return new


def hint(it):
    return it.__length_hint__()


for make in (lambda: iter([1, 2, 3]), lambda: iter((1, 2, 3)), lambda: iter(range(3)), lambda: iter({1: 1, 2: 2}),
             lambda: iter({1, 2, 3}), lambda: reversed([1, 2, 3]), lambda: reversed("abc"), lambda: iter(deque("abc")),
             lambda: reversed(deque("abc")), lambda: iter({1: 2}.items()), lambda: reversed({1: 2, 3: 4}),
             lambda: reversed(range(3)), lambda: itertools.repeat(1, 3)):
    it = make()
    before = hint(it)
    next(it)
    rest = again(it)
    print(type(it).__name__, before, hint(it), list(rest), list(it), hint(it), list(it))


class Seq:
    def __getitem__(self, i):
        if i > 3:
            raise IndexError
        return i * i

    def __len__(self):
        return 4


print(list(Seq()), list(reversed(Seq())), 9 in Seq(), iter(Seq()).__length_hint__())
n = iter(range(100))
print(list(iter(lambda: next(n), 5)), next(n))
print(list(enumerate("ab", 5)), list(enumerate("ab", 2**62 - 1)), list(enumerate("ab", 2**70)))
print(list(zip()), list(zip("ab")), list(zip("ab", [1, 2, 3], range(9))))
print(list(map(lambda *a: a, [1, 2], "xy", (5, 6, 7))), list(filter(None, [0, 1, "", "a"])))
print(list(filter(lambda x: x > 1, range(4))))
for make in (lambda: itertools.count(3), lambda: itertools.count(3, 2), lambda: itertools.cycle("abc"),
             lambda: itertools.accumulate([1, 2, 3, 4]), lambda: itertools.chain("ab", "cd", "e"),
             lambda: itertools.compress("abcdef", [1, 0, 1, 1, 1, 1]),
             lambda: itertools.dropwhile(bool, [1, 0, 1, 2, 3]), lambda: itertools.islice(range(20), 2, 18, 3),
             lambda: itertools.takewhile(bool, [1, 2, 3, 4, 0]), lambda: itertools.zip_longest("ab", "cdef"),
             lambda: itertools.product("ab", "cd"), lambda: itertools.permutations("abc"),
             lambda: itertools.combinations("abcd", 2), lambda: itertools.combinations_with_replacement("abc", 2),
             lambda: itertools.starmap(pow, [(2, 3), (3, 2), (1, 1)]), lambda: itertools.filterfalse(None, [0, 1, 0, 0]),
             lambda: enumerate("abcd", 5), lambda: zip("abcd", range(9)), lambda: map(str, range(5)),
             lambda: filter(None, [1, 0, 2, 3]), lambda: itertools.tee("abcd")[0]):
    it = make()
    first = next(it)
    other = again(it)
    print(type(it).__name__, first, list(itertools.islice(it, 4)), list(itertools.islice(other, 4)))
a, b, c = itertools.tee(range(200), 3)
print(sum(a), sum(itertools.islice(b, 100)), sum(c), sum(b))
g = itertools.groupby("aabbbc")
k, first = next(g)
print(k, next(first))
k, second = next(g)
print(k, list(first), list(second))
print([(k, len(list(v))) for k, v in itertools.groupby(sorted("mississippi"))])
print(list(itertools.islice(itertools.cycle([]), 3)), list(itertools.islice(itertools.cycle("ab"), 5)))
print(list(itertools.accumulate([3, 1, 4], max)), list(itertools.accumulate([], initial=1)))
print(range(10)[2:8:2], range(10)[::-1], range(0), range(5, 0, -2), list(range(5, 0, -2)), 3 in range(0, 10, 3))
print(range(0, 10, 3) == range(0, 12, 3), range(3) != range(3), range(0) == range(2, 1), hash(range(0)) == hash(range(3, 3)))
print(list(range(2**63, 2**63 + 3)), 2**63 + 1 in range(2**63, 2**64), range(2**70)[-1], list(reversed(range(2**65, 2**65 + 2))))
print(range(10).index(3), range(0, 100, 7).count(14), range(1, 10, 2)[-1], range(10)[-3:], bool(range(0)), range(3).start)
print(slice(1, 10, 2).indices(5), slice(None, None, -1).indices(5), slice(-100, 100).indices(2**70), slice(2), slice(1, 2) == slice(1, 2))
