# Incomplete input at a console made of compile()'s flags; marks below a line no longer than the
# line; reprs of modules; a frame of a coroutine that is cleared; a delegate whose close is broken.
import code
import codeop
import sys
import types
import warnings

for source in [
    "if 9==3:\n   pass",
    "if 9==3:\n   pass\nelse:",
    "if 9==3:\n   pass\nelse:\n   pass",
    "if 9==3:\n   pass\nelse:\n   pass\n",
    "if 1:\n pass\n if 1:\n  pass\n else:\n  pass",
    "def x():\n  pass",
    "def x():\n  pass\n",
    "class a:\n pass",
    "while 1:\n pass\n#c",
    "try:\n x\nfinally:\n y",
    "with a:\n b",
    "match a:\n case b:\n  c",
    "x = 1",
    "x = (1,",
    "x = 1 2",
]:
    for symbol in ("single", "exec"):
        try:
            result = codeop.compile_command(source, "<input>", symbol)
        except SyntaxError as e:
            result = e
        print(repr(source), symbol, "code" if hasattr(result, "co_code") else result)

print(sys.excepthook is sys.__excepthook__, sys.displayhook is sys.__displayhook__,
      sys.unraisablehook is sys.__unraisablehook__)
console = code.InteractiveConsole()
sys.stderr = sys.stdout
for line in ("def f():", "    print('one')", "    print('two')", "", "f()", "1 +", "for i in range(2):", "  print(i)", ""):
    print(repr(line), console.push(line))


for text in ("abcdefg", "abcdefg\n", "  abcdefg"):
    for start, stop in ((1, 100), (2, 100), (2, 7), (2, 8), (2, 9), (8, 9), (0, 4), (3, -1), (3, 2)):
        sys.__excepthook__(SyntaxError, SyntaxError("bad", ("file", 1, start, text, 1, stop)), None)


class Loader:
    @classmethod
    def module_repr(cls, m):
        return "<module that a loader describes>"


m = types.ModuleType("foo")
m.__file__ = "/tmp/foo.py"
print(m)
m.__loader__ = Loader
print(m)


async def coroutine():
    pass


with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    c = coroutine()
    c.cr_frame.clear()
    c.close()
    del c
print([str(w.message) for w in caught])


class BrokenClose:
    def __iter__(self):
        return self

    def __next__(self):
        return 1

    def __getattr__(self, name):
        1 / 0


def delegating():
    yield from BrokenClose()


reported = []
sys.unraisablehook = lambda info: reported.append((info.exc_type.__name__, type(info.object).__name__))
g = delegating()
next(g)
g.close()
print(reported)

try:
    compile("match ...:\n  case C(a=b, c, d=e, f, g=h, i, j=k, ...):\n    ...\n", "f", "exec")
except SyntaxError as e:
    print(e.msg)
