# Source compiled at run time: functions, classes, comprehensions, constants; syntax errors.
source = """
class C:
    x: int = 5
    def f(self, a, /, b, *, c=(1, (2, "three"), None), **kw):
        '''doc'''
        y = lambda z: (self, a, z)
        try:
            assert a, f"{b!r:>{c[0]}}"
            for i in range(3):
                if i == 1: continue
                while True: break
            else:
                y = [i for i in range(3) if i for j in "ab"]
        except (ValueError, TypeError) as e:
            raise
        finally:
            with open(b) as g, g as h: pass
        return {**kw, 'a': {1, 2}, 'b': a[1:2, ...]}, not a < b <= c
async def co(x):
    async for i in x: yield await i
from os import path as p, sep
import sys as s
print(C.x, C.f.__doc__, p.__name__[-4:], s.__name__, f(1, a=2, b="x"), 10 ** 20, 1.5, 2j, b"by")
"""
exec(compile(source, "<made>", "exec"), {"f": lambda *a, **k: (a, k)})
for bad in ("1 +", "def f(:", "x = (1,", "'abc", "return 5", "a b", "f(a=1, 2)", "nonlocal q"):
    try:
        compile(bad, "<bad>", "exec")
    except SyntaxError as e:
        print(e.msg, e.lineno)
print(eval("[x * 2 for x in range(4)]"), eval("{'a': (1, 2)}"))
