# What the compiler must refuse, and where it says that it happened.
import warnings


def check(source):
    try:
        compile(source, "<source>", "exec")
        print("compiles", repr(source))
    except SyntaxError as e:
        print(repr(source), "->", e.msg, e.lineno, e.offset)


for source in [
    "[i for i in (i := range(5))]",
    "[i for i in range(5) if (j := 0) for j in range(5)]",
    "{i for i in range(5) for j in (i := range(5))}",
    "lambda: [i for i in (lambda:(j := range(5)))()]",
    "[i for i in [j for j in range(5) if (j := True)]]",
    "[x for x in [y for y in [1]] if (z := x)]",
    "def f():\n x = 1\n def g():\n  return [x for x in [x]]",
    "obj.__debug__ = 1",
    "del obj.__debug__",
    "obj.__debug__ += 1",
    "obj.__debug__: int = 1",
    "f(__debug__=1)",
    "__debug__: int",
    "class C(__debug__=1): pass",
    "def __debug__(): pass",
    "class __debug__: pass",
    "import __debug__",
    "import a as __debug__",
    "from a import b as __debug__",
    "try: pass\nexcept E as __debug__: pass",
    "class C(metaclass=type, metaclass=type): pass",
    "def f():\n  from _ import *",
    "def f():\n  global x\n  nonlocal x",
    "from __future__ import annotations\ndef f(x: (yield)): pass",
    "from __future__ import annotations\nx: (a := 1)",
    "from __future__ import annotations\nasync def g():\n  def f() -> (await x): pass",
    "from __future__ import annotations\nx: [a for a in (lambda: b)()]\n"
    "def f(c: lambda: c) -> {a: a for a in b}: return c",
]:
    check(source)

print(f"\{6*7}", f"\{6*7}\{1}", rf"\{6*7}\{1}")

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print(ascii(eval(r"'\407\500'")), eval(r"b'\407'"))
print([str(w.message) for w in caught])
