# Generators: values, send, throw, close, yield from, state, exceptions.
def count(n):
    for i in range(n):
        yield i
print(list(count(5)), sum(count(100)))
def echo():
    got = None
    while True:
        got = yield got
        if got == 'stop':
            return 'stopped'
g = echo()
print(next(g), g.send(1), g.send([2]))
try:
    g.send('stop')
except StopIteration as e:
    print('value', e.value)
try:
    next(g)
except StopIteration as e:
    print('again', e.value)
try:
    echo().send(1)
except TypeError as e:
    print(e)
def cleanup():
    try:
        yield 1
        yield 2
    except ValueError as e:
        print('caught', e)
        yield 'recovered'
    finally:
        print('finally')
g = cleanup()
print(next(g), g.throw(ValueError('v')))
print(list(g))
g = cleanup()
next(g)
g.close()
g.close()
g = cleanup()
next(g)
del g
g = cleanup()
try:
    g.throw(KeyError('k'))
except KeyError as e:
    print('KeyError', e)
def stubborn():
    while True:
        try:
            yield
        except GeneratorExit:
            print('no')
            yield
            return
g = stubborn()
next(g)
try:
    g.close()
except RuntimeError as e:
    print(e)
def reentrant():
    yield next(me)
me = reentrant()
try:
    next(me)
except ValueError as e:
    print(e)
def stops():
    yield 1
    raise StopIteration('inner')
try:
    list(stops())
except RuntimeError as e:
    print(repr(e), repr(e.__cause__))
# yield from
def inner():
    try:
        x = yield 'a'
        print('inner got', x)
        y = yield 'b'
        print('inner got', y)
    except KeyError as e:
        print('inner caught', e)
        yield 'c'
    return 'result'
def outer():
    r = yield from inner()
    print('r', r)
    r = yield from [1, 2]
    print('r', r)
    return 'outer'
g = outer()
print(next(g), g.send('x'), g.throw(KeyError('k')))
print(list(g))
g = outer()
next(g)
try:
    g.throw(ValueError('through'))
except ValueError as e:
    print('through', e)
class Iter:
    def __init__(self): self.n = 0
    def __iter__(self): return self
    def __next__(self):
        self.n += 1
        if self.n > 3: raise StopIteration('done')
        return self.n
    def throw(self, e):
        print('Iter.throw', repr(e))
        raise StopIteration('thrown')
    def close(self):
        print('Iter.close')
def delegate():
    print('got', (yield from Iter()))
    yield 'end'
print(list(delegate()))
g = delegate()
next(g)
print(g.throw(OSError('x')))
g = delegate()
next(g)
g.close()
def deep(n):
    if n: yield from deep(n - 1)
    yield n
print(list(deep(50))[:5], len(list(deep(200))))
# expressions
print(list(x * y for x in range(3) for y in range(3) if x != y))
print({x: y for x, y in zip('ab', count(2))}, {x % 3 for x in count(9)})
def closure():
    n = 0
    def gen():
        nonlocal n
        while n < 3:
            n += 1
            yield n
    return list(gen()), n
print(closure())
# exception state
def handler():
    import sys
    try:
        raise ValueError('in generator')
    except ValueError:
        yield sys.exc_info()[0].__name__
        yield sys.exc_info()[0].__name__
    yield sys.exc_info()[0]
import sys
g = handler()
print(next(g), sys.exc_info()[0])
try:
    raise KeyError('outside')
except KeyError:
    print(next(g), sys.exc_info()[0].__name__)
    print(next(g) and 'KeyError still seen', sys.exc_info()[0].__name__)
def context():
    try:
        yield
    except ValueError as e:
        print('context', repr(e.__context__))
        raise TypeError('new')
g = context()
next(g)
try:
    try:
        raise KeyError('first')
    except KeyError:
        g.throw(ValueError('second'))
except TypeError as e:
    print(repr(e), repr(e.__context__), repr(e.__context__.__context__))
# attributes
g = count(2)
print(g.gi_running, g.gi_frame is not None, g.gi_code.co_name, g.gi_yieldfrom, g.__name__, g.__qualname__)
print(g.gi_frame.f_locals)
next(g)
print(sorted(g.gi_frame.f_locals.items()), g.gi_frame.f_lineno)
list(g)
print(g.gi_frame)
g.__name__ = 'renamed'
print(g.__name__)
def yf(): yield from inner()
g = yf()
next(g)
print(g.gi_yieldfrom.__name__)
print(type(g).__name__, iter(g) is g, hasattr(g, 'send'))
# many at once, interleaved
gens = [count(3) for _ in range(4)]
print([[next(g) for g in gens] for _ in range(3)])
def fib():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b
from itertools import islice
print(list(islice(fib(), 20)))
def with_locals(a, *b, c=3, **d):
    x = a
    yield x, b, c, d
    x += 1
    yield x
print(list(with_locals(1, 2, 3, c=4, e=5)))
def many_temps():
    print([1, (yield 'p'), 2, (yield 'q'), {'k': (yield 'r')}])
g = many_temps()
print(next(g), g.send(10), g.send(20))
try: g.send(30)
except StopIteration: pass
def loop_in_try():
    for i in range(3):
        try:
            yield i
        finally:
            print('f', i)
for x in loop_in_try():
    if x == 1: break
print('after break')
