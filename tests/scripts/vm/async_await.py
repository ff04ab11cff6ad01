# Coroutines and asynchronous generators, driven by hand.
import sys
class Pause:
    def __init__(self, v): self.v = v
    def __await__(self):
        got = yield self.v
        return got
async def leaf(x):
    r = await Pause(x)
    return r + 1
async def branch():
    a = await leaf(1)
    b = await leaf(2)
    return a + b
def drive(coro, *values):
    out = []
    try:
        out.append(coro.send(None))
        for v in values:
            out.append(coro.send(v))
    except StopIteration as e:
        return out, e.value
    return out, 'unfinished'
print(drive(branch(), 10, 20))
c = branch()
print(type(c).__name__, c.__name__, c.cr_await, c.cr_running)
c.send(None)
print(c.cr_await.__name__)
c.close()
async def fails():
    await leaf(1)
    raise ValueError('x')
try:
    drive(fails(), 1)
except ValueError as e:
    print('ValueError', e)
c = fails()
c.send(None)
try:
    c.throw(KeyError('k'))
except KeyError as e:
    print('KeyError', e)
try:
    c.send(None)
except RuntimeError as e:
    print(e)
class Manager:
    async def __aenter__(self):
        print('enter')
        return await leaf('e' == 'x')
    async def __aexit__(self, *exc):
        print('exit', exc[0] and exc[0].__name__)
        return True
async def with_it():
    async with Manager() as m:
        print('body', m)
        raise OSError('swallowed')
    return 'end'
print(drive(with_it(), 5))
async def agen(n):
    try:
        for i in range(n):
            x = yield i
            if x is not None: print('agen got', x)
            await Pause('p%d' % i)
    finally:
        print('agen finally')
async def consume():
    out = []
    async for v in agen(3):
        out.append(v)
    else:
        out.append('else')
    return out
print(drive(consume(), *[0] * 5))
async def comp():
    return [v async for v in agen(2) if v], {v: v async for v in agen(2)}
print(drive(comp(), *[0] * 6))
async def manual():
    g = agen(5)
    print(await g.__anext__())
    print(await g.asend('hello'))
    try:
        await g.athrow(ValueError('thrown'))
    except ValueError as e:
        print('back', e)
    try:
        await g.__anext__()
    except StopAsyncIteration:
        print('stopped')
    g = agen(1)
    await g.__anext__()
    await g.aclose()
print(drive(manual(), *[0] * 5))
try:
    async def bad():
        await 5
    bad().send(None)
except TypeError as e:
    print(e)
try:
    async def bad():
        async for x in [1]: pass
    bad().send(None)
except TypeError as e:
    print(e)
try:
    async def bad():
        async with 5: pass
    bad().send(None)
except TypeError as e:
    print(e)
async def stop():
    raise StopIteration(1)
try:
    stop().send(None)
except RuntimeError as e:
    print(repr(e))
a = agen(1)
print(type(a).__name__, a.ag_running, a.__name__)
async def nested():
    async def inner():
        yield 1
        yield 2
    return [x * y async for x in inner() for y in (1, 2)]
print(drive(nested()))
w = leaf(1).__await__()
print(type(w).__name__, next(w))
try: w.send(4)
except StopIteration as e: print(e.value)
