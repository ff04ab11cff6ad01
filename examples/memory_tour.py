"""A tour of memory, as articles on CPython's memory describe it and as it is here.

    adder examples/memory_tour.py        addert examples/memory_tour.py

Each stop prints what it does and asserts what must hold, so the tour is also a test.
"""
import gc
import os
import sys
import time
import weakref


def stop(title):
    print(f"\n== {title}")


def settle():
    """Lets the owner of an object merge counts that others handed to it (addert)."""
    for _ in range(3):
        time.sleep(0)


class Node:
    def __init__(self, name):
        self.name = name
        self.other = None

    def __del__(self):
        GONE.append(self.name)


GONE = []

stop("Reference counts rise and fall")


def counts():
    thing = [1, 2, 3]
    one = sys.getrefcount(thing)  # the name, and getrefcount's own argument
    again = thing
    two = sys.getrefcount(thing)
    box = [thing, thing]
    four = sys.getrefcount(thing)
    del again, box
    back = sys.getrefcount(thing)
    return one, two, four, back


one, two, four, back = counts()
print(f"a list: {one} (its name, and the argument of the question)")
print(f"with a second name: {two}; twice in a list more: {four}; all gone again: {back}")
assert (one, two, four, back) == (2, 3, 5, 2)

stop("The last reference goes, the object goes, at once")
node = Node("solo")
node = None
settle()
print("finalised:", GONE)
assert GONE == ["solo"]

stop("A cycle waits for the collector")
gc.collect()
GONE.clear()
a, b = Node("a"), Node("b")
a.other, b.other = b, a
a = b = None
settle()
print("after the last name went:", GONE)
assert GONE == []
found = gc.collect()
print(f"gc.collect() found {found} unreachable objects; finalised: {sorted(GONE)}")
assert sorted(GONE) == ["a", "b"]

stop("Generations")
print("thresholds:", gc.get_threshold())
assert gc.get_threshold() == (700, 10, 10)
gc.collect()
before = gc.get_count()
keep = [[i] for i in range(300)]
during = gc.get_count()
keep2 = [[i] for i in range(9000)]
after = gc.get_count()
print(f"counts: {before} at rest, {during} after 300 lists, {after} after 9000 more")
assert during[0] >= before[0] + 250 and after[2] >= 1
runs = [generation["collections"] for generation in gc.get_stats()]
print("collections so far, by generation:", runs)
del keep, keep2

stop("Interning")
x = 256
y = int("256")
big1, big2 = int("1000000"), int("1000000")
print("small integers are one object:", x is y, "- here every integer below 2**62 is:", big1 is big2)
assert x is y
s1 = "".join(["he", "llo_world"])
s2 = "hello_world"
print("a computed string is its own object:", s1 is not s2, "- interned it is the same:", sys.intern(s1) is sys.intern(s2))
assert sys.intern(s1) is sys.intern(s2)

stop("Blocks, pools and arenas fill, empty, and go back to the system")


def report():
    """The sums at the end of sys._debugmallocstats(), which writes to stderr, by name."""
    sys.stderr.flush()
    kept = os.dup(2)
    reader, writer = os.pipe()
    os.dup2(writer, 2)
    os.close(writer)
    try:
        sys._debugmallocstats()
    finally:
        os.dup2(kept, 2)
        os.close(kept)
    with open(reader, encoding="utf-8") as f:
        pairs = [line.split("=") for line in f if line.count("=") == 1]
    return {name.strip("# "): int(value.replace(",", "")) for name, value in pairs if value.strip().replace(",", "").isdigit()}


gc.collect()
steps = []
for what in ("before", "with 200000 lists", "after"):
    hoard = [[i] for i in range(200000)] if what.startswith("with") else None
    gc.collect()
    settle()
    sums = report()
    sums["blocks in use"] = sys.getallocatedblocks()
    steps.append((what, sums))
    arenas = sums["arenas allocated current"]
    print(f"{what + ':':18} {sums['blocks in use']:7} blocks in use, {arenas:3} arenas held,",
          f"{sums['arenas reclaimed']:3} given back to the system so far")
start, full, end = (sums for what, sums in steps)
assert full["blocks in use"] > start["blocks in use"] + 200000 and end["blocks in use"] < start["blocks in use"] + 20000
assert start["arenas allocated current"] < full["arenas allocated current"] > end["arenas allocated current"]
assert end["arenas reclaimed"] > full["arenas reclaimed"]
print("the whole report, by size of block, goes to stderr: --stats shows it")
if "--stats" in sys.argv:
    sys._debugmallocstats()

stop("Weak references do not keep alive")
node = Node("weak")
told = []
ref = weakref.ref(node, lambda r: told.append("told"))
print("alive:", ref() is node)
assert ref() is node
node = None
settle()
print("after it went:", ref(), told)
assert ref() is None and told == ["told"]

stop("__slots__ against a dict")


class Plain:
    def __init__(self):
        self.x = 1
        self.y = 2


class Slotted:
    __slots__ = ("x", "y")

    def __init__(self):
        self.x = 1
        self.y = 2


plain, slotted = Plain(), Slotted()
print(f"bytes: plain {sys.getsizeof(plain)}, slots {sys.getsizeof(slotted)}", end="")
vars(plain)
print(f", plain with its dict asked for {sys.getsizeof(plain) + sys.getsizeof(vars(plain))}")
assert sys.getsizeof(slotted) <= sys.getsizeof(plain)
try:
    slotted.z = 3
except AttributeError as e:
    print("slots are closed:", e)

stop("A generator's memory is constant, a list's is not")
numbers = (i * i for i in range(1000000))
small = sys.getsizeof(numbers)
next(numbers)
squares = [i * i for i in range(1000000)]
print(f"generator {small} bytes, list {sys.getsizeof(squares)} bytes; both sum up to {sum(numbers)}")
assert sys.getsizeof(numbers) <= small + 64 and sys.getsizeof(squares) > 1000000

print("\nThe tour is over.")
