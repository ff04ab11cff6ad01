# try, with, loops and their mixtures; exceptions chained and re-raised; names.
import sys
def f(x):
    try:
        if x == 1: return 'try'
        if x == 2: raise ValueError('v')
        if x == 3: raise KeyError('k')
    except ValueError:
        return 'except'
    except (KeyError, OSError) as e:
        print('tuple', type(e).__name__)
    else:
        return 'else'
    finally:
        print('finally', x)
    return 'end'
print([f(i) for i in range(4)])
def g():
    for i in range(5):
        try:
            if i == 1: continue
            if i == 3: break
            print('body', i)
        finally:
            print('fin', i)
    else:
        print('no')
    while True:
        try:
            return 'ret'
        finally:
            print('inner')
            break
    return 'after'
print(g())
def override():
    try:
        return 1
    finally:
        return 2
print(override())
class M:
    def __init__(self, name, swallow=False, fail=None):
        self.name, self.swallow, self.fail = name, swallow, fail
    def __enter__(self):
        print('enter', self.name)
        if self.fail == 'enter': raise RuntimeError('enter')
        return self.name
    def __exit__(self, t, v, tb):
        print('exit', self.name, t and t.__name__, v, tb is not None)
        if self.fail == 'exit': raise RuntimeError('exit')
        return self.swallow
with M('a') as a, M('b') as b:
    print(a, b)
with M('s', True):
    raise ValueError('x')
try:
    with M('o'), M('i', fail='exit'):
        raise ValueError('y')
except RuntimeError as e:
    print(repr(e), repr(e.__context__))
def w():
    for i in range(3):
        with M(i):
            if i == 0: continue
            if i == 1: return 'from with'
print(w())
try:
    with M('e', fail='enter'): pass
except RuntimeError as e: print(e)
for bad in (1, object()):
    try:
        with bad: pass
    except TypeError as e: print(e)
class NoExit:
    def __enter__(self): pass
try:
    with NoExit(): pass
except TypeError as e: print(e)
# chaining
try:
    try:
        1 / 0
    except ZeroDivisionError as e:
        raise KeyError('k') from e
except KeyError as e:
    print(repr(e.__cause__), e.__suppress_context__)
try:
    try:
        1 / 0
    finally:
        raise KeyError('k')
except KeyError as e:
    print(repr(e.__context__), e.__cause__)
try:
    try:
        1 / 0
    except ZeroDivisionError:
        raise KeyError('k') from None
except KeyError as e:
    print(repr(e.__context__), e.__suppress_context__)
try:
    raise
except RuntimeError as e: print(e)
try:
    raise 5
except TypeError as e: print(e)
try:
    raise ValueError from 5
except TypeError as e: print(e)
try:
    try: raise ValueError(1)
    except 5: pass
except TypeError as e: print(e)
try:
    try: raise ValueError(1)
    except (KeyError, int): pass
except TypeError as e: print(e)
def reraise():
    try:
        raise ValueError('original')
    except ValueError:
        try:
            raise KeyError('inner')
        except KeyError:
            pass
        raise
try: reraise()
except ValueError as e: print(e, sys.exc_info()[1] is e)
print(sys.exc_info())
def lines():
    try:
        raise ValueError('l')
    except ValueError as e:
        tb = e.__traceback__
        while tb:
            print(tb.tb_lineno, tb.tb_frame.f_code.co_name)
            tb = tb.tb_next
lines()
try:
    print(e)
except NameError as err: print(err)
def unbound():
    try:
        print(x)
    except UnboundLocalError as err: print(err)
    x = 1
    del x
    try: x
    except UnboundLocalError as err: print(err)
    try: del x
    except UnboundLocalError as err: print(err)
unbound()
def free():
    def inner(): return y
    try: inner()
    except NameError as err: print(err)
    y = 1
    r = inner()
    del y
    try: inner()
    except NameError as err: print(err)
    return r
print(free())
try: undefined
except NameError as err: print(err, err.name)
try: del undefined
except NameError as err: print(err)
class Body:
    v = 1
    w = [k for k in [v, v]]
    def get(self): return __class__
    try: missing
    except NameError as err: print(err)
    for i in range(2): pass
    del i
print(Body.w, Body().get() is Body, hasattr(Body, 'i'), sorted(k for k in Body.__dict__ if not k.startswith('__')))
x = 'global'
class Scope:
    x = 'class'
    def m(self): return x
    y = x
    print(locals()['y'], sorted(k for k in locals() if k[0] != '_'))
print(Scope().m(), Scope.y)
def loc(a, b=2):
    c = a + b
    def inner(): return c
    return sorted(locals().items(), key=lambda kv: kv[0])[:3], vars() == locals()
print(loc(1))
# unpacking
a, (b, *c), d = 1, (2, 3, 4), 5
print(a, b, c, d)
*a, b = 'xyz'
print(a, b)
for bad in ('a, b = 1, 2, 3', 'a, b = 1,', 'a, b = 5', '*a, b = ()', 'a, b = {1}', 'a, *b, c = [1]', 'a, b = None'):
    try: exec(bad)
    except (ValueError, TypeError) as err: print(bad, '->', type(err).__name__, err)
[a, b] = {1: 2, 3: 4}
print(a, b)
a = b = c = []
print(a is b is c)
x, y = 1, 2
x, y = y, x
print(x, y)
i = 0
l = [0, 0, 0]
i, l[i] = 1, 7
print(i, l)
# globals
def setg():
    global newg
    newg = 5
setg()
print(newg, 'newg' in globals())
del newg
try: newg
except NameError as err: print(err)
len = lambda x: 'shadowed'
print(len([]))
del len
print(len([]))
exec('q = 1; print(q)', {})
ns = {'a': 1}
exec('b = a + 1\ndef f(): return b\nc = f()', ns)
print(ns['b'], ns['c'], '__builtins__' in ns)
print(eval('a + b', {'a': 1}, {'b': 2}))
exec('z = 1\nprint(sorted(k for k in locals()))', {}, {'y': 2})
# assert
try: assert 1 == 2, 'message'
except AssertionError as err: print(repr(err))
try: assert []
except AssertionError as err: print(repr(err))
# comparisons
print(1 < 2 < 3, 1 < 2 > 5, 1 == 1.0 == True, 'a' < 'b' <= 'b', 3 in [1, 2, 3] and 4 not in (1,), None is None)
print(1 if [] else 2, not [], not 0.0, [] or 'or', 0 and 'and', 'x' and 'y')
n = 0
while n < 3:
    n += 1
else:
    print('while else', n)
print(f'{n!r:>4}|{n:03d}|{"a" + "b"}|{n=}|{[1, 2][0]}|{3.14159:.2f}|{"x":^5}|{{}}')
def doc():
    "docstring"
print(doc.__doc__, doc.__name__, doc.__module__, doc.__defaults__)
print((lambda: (yield))().__class__.__name__)
s = slice(1, 5, 2)
print(list(range(10))[s], 'abcdef'[::-1], [1, 2, 3][-2:], (1, 2, 3)[:1])
l = list(range(10))
l[2:5] = ['x']
del l[0], l[-1]
l[::2] = [0] * len(l[::2])
print(l)
