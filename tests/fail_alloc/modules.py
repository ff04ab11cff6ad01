# Modules of the library, in C and in Python.
import bisect
import collections
import functools
import heapq
import itertools
import math
import operator
import struct

Point = collections.namedtuple("Point", "x y")
c = collections.Counter("abracadabra")
q = collections.deque(range(5), maxlen=4)
q.rotate(1)
dd = collections.defaultdict(list)
for i in range(9):
    dd[i % 3].append(i)


@functools.lru_cache(maxsize=8)
def square(n):
    return n * n


h = [5, 1, 4]
heapq.heapify(h)
heapq.heappush(h, 0)
print(Point(1, 2)._replace(y=5), c.most_common(2), q, dict(dd), [square(i) for i in (1, 2, 1)], heapq.nsmallest(2, h))
print(list(itertools.chain([1], "a")), list(itertools.combinations(range(4), 2))[:3], functools.reduce(operator.add, range(9)))
print(math.sqrt(2), bisect.bisect([1, 3, 5], 3), struct.pack("<IHd", 1, 2, 0.5), struct.unpack("<H", b"ab"))
print(list(itertools.groupby([1, 1, 2], key=lambda x: x % 2))[0][0], functools.partial(max, 3)(2), collections.OrderedDict(a=1))
