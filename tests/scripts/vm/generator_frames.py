# Generators run in their own object: frames, calls inside, references, unwinding.
import gc
import sys
import weakref


def names_of(tb):
    names = []
    while tb is not None:
        names.append(tb.tb_frame.f_code.co_name)
        tb = tb.tb_next
    return names


def plain(n):
    value = n * 2
    yield value
    yield value + 1


# A frame object outlives its generator.
g = plain(4)
next(g)
frame = g.gi_frame
del g
print(frame.f_lineno - plain.__code__.co_firstlineno, frame.f_code.co_name, frame.f_locals, frame.f_back)
g = plain(5)
frame = g.gi_frame
g.close()
print(frame.f_locals, g.gi_frame)
g = plain(6)
next(g)
frame = g.gi_frame
frame.clear()
print(list(g), g.gi_frame)


# f_back only while it runs.
def looks():
    me = sys._getframe()
    yield me.f_back.f_code.co_name
    yield me


def outer():
    return next(it)


it = looks()
print(outer())
print(outer().f_back)


# Calls of every shape inside a generator.
class Point:
    def __init__(self, x, y=2, *rest, **named):
        self.all = x, y, rest, named

    def add(self, n):
        return self.all[0] + n


def add(a, b=10, *rest, key=None):
    return a, b, rest, key


def many(*args):
    return len(args)


def recursive(n):
    return n if n == 0 else 1 + recursive(n - 1)


def calls():
    yield add(1)
    yield add(1, 2, 3, key=4)
    yield add(*[1, 2], **{"key": 5})
    yield Point(1).all
    yield Point(1, 3, 4, a=5).all
    p = Point(7)
    yield p.add(1)
    bound = p.add
    yield bound(2)
    yield recursive(300)
    yield many(*range(5000))
    yield (lambda a, b: (b, a))(1, (yield "inner"))
    yield [recursive(n) for n in range(5)]


print(list(calls()))
stepped = calls()
for _ in range(9):
    next(stepped)
print(next(stepped), stepped.send("sent"))


# Generators in generators in calls.
def tree(depth):
    if depth:
        yield from tree(depth - 1)
        yield recursive(depth)
        for value in tree(depth - 1):
            yield value


print(sum(tree(9)), len(list(tree(8))))


def chain(n):
    if n:
        return (yield from chain(n - 1)) + 1
    got = yield "bottom"
    return got


c = chain(400)
print(next(c))
try:
    c.send(1)
except StopIteration as e:
    print(e.value)


def endless():
    yield from endless()


try:
    next(endless())
except RecursionError as e:
    print(type(e).__name__)


def call_endless(n):
    yield next(call_endless(n + 1))


try:
    next(call_endless(0))
except RecursionError as e:
    print(type(e).__name__)


# Errors in the middle.
def bad():
    try:
        yield add()
    finally:
        print("finally")


try:
    next(bad())
except TypeError as e:
    print(e)


def fails(n):
    if n == 0:
        raise KeyError("deep")
    yield from fails(n - 1)


def catches():
    for i in range(3):
        try:
            for x in fails(i):
                yield x
        except KeyError as e:
            names = names_of(e.__traceback__)
            yield names, sys.exc_info()[0] is KeyError
        print(sys.exc_info())


print(list(catches()))


# A generator that drops its last reference while it runs.
class Watched:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("del", self.name)


holder = []


def drops():
    local = Watched("local")
    holder.clear()
    yield 1
    print("still here", local.name)
    yield 2


def run(g):
    holder.append(g)
    return iter(g)


for x in run(drops()):
    print("got", x)
holder.append(drops())
try:
    print(holder[0].send(None))
finally:
    print("after")


# Collected as part of a cycle, suspended and not begun.
def cyclic():
    me = yield
    watched = Watched("cycle")
    yield me, watched


g = cyclic()
next(g)
g.send(g)
gone = weakref.ref(g)
del g
gc.collect()
print(gone())


def keeps(box):
    yield box


box = []
box.append(keeps(box))
gone = weakref.ref(box[0])
del box
gc.collect()
print(gone())


# Collections while generators run.
def collecting(n):
    kept = [Watched(n)] if n == 0 else [n]
    gc.collect()
    yield kept
    if n:
        yield from collecting(n - 1)
    gc.collect()
    yield (max, (yield "x"), gc.collect() >= 0)[1:]


print([x if not isinstance(x, list) else len(x) for x in collecting(3)])


# Already executing.
def self_send():
    try:
        next(me)
    except ValueError as e:
        yield str(e)
    try:
        me.throw(KeyError)
    except ValueError as e:
        yield str(e)
    try:
        me.close()
    except ValueError as e:
        yield str(e)


me = self_send()
print(list(me))


# throw() and close() through delegates that run Python code.
def inner():
    while True:
        try:
            yield recursive(3)
        except KeyError as e:
            print("inner", e.args, sys.exc_info()[0].__name__)


def middle():
    yield from inner()


m = middle()
next(m)
print(m.throw(KeyError("k")), m.throw(KeyError("again")))
try:
    m.throw(IndexError("out"))
except IndexError as e:
    print(names_of(e.__traceback__))


async def sub(n):
    return recursive(n)


async def agen():
    for i in range(3):
        yield await sub(i)


async def main():
    got = [x async for x in agen()]
    return got, [await sub(i) for i in range(3)]


try:
    main().send(None)
except StopIteration as e:
    print(e.value)
