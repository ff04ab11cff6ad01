# Exceptions: attributes, chaining, special types, groups.
def tries(f, *args, **kw):
    try:
        return f(*args, **kw)
    except BaseException as e:
        return f"{type(e).__name__}: {e}"
e = ValueError(1, "two")
print(repr(e), str(e), e.args, ValueError(), str(ValueError()), repr(ValueError("x")), repr(ValueError("x",)))
e.args = [1]
print(e.args, tries(setattr, e, "args", 5), tries(delattr, e, "args"))
e.extra = 5
print(e.__dict__, e.__traceback__, e.__context__, e.__cause__, e.__suppress_context__)
print(tries(setattr, e, "__cause__", 1), tries(setattr, e, "__context__", 1), tries(setattr, e, "__traceback__", 1), tries(setattr, e, "__suppress_context__", 1))
e.add_note("n1"); e.add_note("n2")
print(e.__notes__, tries(e.add_note, 1))
print(e.with_traceback(None) is e, tries(ValueError, x=1), tries(e.with_traceback, 5))
try:
    try:
        raise KeyError("a")
    except KeyError:
        raise ValueError("b")
except ValueError as v:
    print(repr(v.__context__), v.__cause__, v.__suppress_context__, v.__traceback__ is not None)
try:
    try:
        raise KeyError("a")
    except KeyError as k:
        raise ValueError("b") from k
except ValueError as v:
    print(repr(v.__cause__), v.__suppress_context__)
try:
    raise ValueError from None
except ValueError as v:
    print(v.__cause__, v.__suppress_context__)
print(tries(lambda: (_ for _ in ()).throw(1)))
def r(x, y=None):
    if y is None: raise x
    raise x from y
print(tries(r, 1), tries(r, ValueError, 1), tries(r, ValueError), tries(r, int))
class Weird(Exception):
    def __new__(cls): return 5
print(tries(r, Weird))
print(str(KeyError("k")), str(KeyError("a", "b")), str(KeyError()), str(LookupError("k")))
s = StopIteration(5, 6)
print(s.value, s.args, StopIteration().value)
s.value = 7
print(s.value, s.args)
print(SystemExit().code, SystemExit(3).code, SystemExit(1, 2).code)
o = OSError(2, "No such", "file")
print(type(o).__name__, repr(o), str(o), o.errno, o.strerror, o.filename, o.filename2, o.args)
for n in (1, 2, 4, 10, 11, 13, 17, 20, 21, 32, 103, 104, 110, 111, 9999):
    print(n, type(OSError(n, "x")).__name__, end=" ")
print()
print(OSError("just one"), repr(OSError(1, "a", "b", None, "c")), OSError(1, "a", "b", None, "c"), OSError(1, 2, 3, 4, 5, 6).args, repr(OSError()))
print(tries(lambda: OSError(1, "a").characters_written), BlockingIOError(11, "x", 5).characters_written, FileNotFoundError(2, "x").errno)
class MyOS(OSError):
    def __init__(self, a): super().__init__(5, "my " + a)
print(MyOS("z"), MyOS("z").errno, MyOS("z").args)
class MyOS2(OSError): pass
print(type(MyOS2(2, "x")).__name__, MyOS2(2, "x").errno)
i = ImportError("msg", name="n", path="p")
print(i.name, i.path, i.msg, i, tries(ImportError, foo=1), ModuleNotFoundError("x", name="q").name, ImportError(1, 2).msg)
a = AttributeError("m", name="n", obj=5)
print(a.name, a.obj, NameError("x", name="y").name)
try: (5).foo
except AttributeError as x: print(x.name, x.obj, x.args)
try: undefined_thing
except NameError as x: print(x.name, x.args)
se = SyntaxError("bad", ("f.py", 3, 5, "x = = 1\n", 3, 6))
print(se, se.filename, se.lineno, se.offset, se.text, se.end_lineno, se.end_offset, se.msg, se.print_file_and_line, repr(se))
print(SyntaxError("a"), SyntaxError("a", ("dir/f", None, None, None)), SyntaxError("a", (None, 5, None, None)), SyntaxError().msg)
print(tries(SyntaxError, "a", (1, 2, 3)), tries(SyntaxError, "a", (1, 2, 3, 4, 5)), tries(SyntaxError, "a", 5))
ue = UnicodeEncodeError("ascii", "a\xe9b", 1, 2, "why")
print(ue, ue.encoding, ue.object, ue.start, ue.end, ue.reason)
print(UnicodeEncodeError("ascii", "a\u1234\U00012345", 1, 2, "w"), UnicodeEncodeError("ascii", "a\u1234\U00012345", 2, 3, "w"), UnicodeEncodeError("x", "abc", 0, 3, "w"))
print(UnicodeDecodeError("utf-8", b"ab\xff", 2, 3, "bad"), UnicodeDecodeError("utf-8", b"abc", 0, 2, "bad"), UnicodeTranslateError("abc", 1, 2, "r"), UnicodeTranslateError("abc", 1, 3, "r"))
print(tries(UnicodeEncodeError, "a"), tries(UnicodeEncodeError, 1, "a", 1, 2, "r"), tries(UnicodeDecodeError, "a", "str", 1, 2, "r"))
import copyreg
for x in (ValueError(1, 2), OSError(2, "a", "f"), ImportError("m", name="n"), StopIteration(3), KeyError("k")):
    x.attr = 1
    r_ = x.__reduce__(); y = r_[0](*r_[1]); y.__dict__.update(r_[2])
    print(repr(y), y.attr, y.__reduce__()[0].__name__, y.__reduce__()[1])
x = ValueError(1); x.__setstate__({"q": 2}); print(x.q, tries(x.__setstate__, 5))
class E1(Exception):
    def __init__(self, a, b): self.a = a
print(E1(1, 2).args, repr(E1(1, 2)))
class E2(Exception):
    def __str__(self): return "custom"
print(str(E2(1)), repr(E2(1)))
for t in (BaseException, Exception, ArithmeticError, LookupError, OSError, UnicodeError, Warning):
    print(t.__name__, t.__mro__[1].__name__, len(t.__subclasses__()) > 1)
# finally and except flow
def f():
    try: return 1
    finally: print("fin")
def g():
    for i in range(3):
        try:
            if i == 1: continue
            if i == 2: break
        finally: print("f", i)
    try:
        try: 1 / 0
        finally: print("inner")
    except ZeroDivisionError as z: return str(z)
print(f(), g())
def h():
    try: raise ValueError
    except (KeyError, ValueError) as q: pass
    try: q
    except UnboundLocalError as u: return str(u)
print(h(), tries(lambda: exec("try: 1/0\nexcept 5: pass")))
import sys
try: 1 / 0
except ZeroDivisionError:
    print(sys.exc_info()[0].__name__, sys.exception())
print(sys.exc_info())
# groups
eg = ExceptionGroup("g", [ValueError(1), TypeError(2), ExceptionGroup("h", [ValueError(3)])])
print(eg, repr(eg), eg.message, eg.exceptions, eg.split(ValueError), eg.subgroup(lambda e: isinstance(e, TypeError)), eg.split(OSError))
print(type(BaseExceptionGroup("a", [ValueError()])).__name__, type(BaseExceptionGroup("a", [KeyboardInterrupt()])).__name__)
print(tries(ExceptionGroup, "a", [KeyboardInterrupt()]), tries(ExceptionGroup, "a", []), tries(ExceptionGroup, 1, [ValueError()]), tries(ExceptionGroup, "a", [1]), tries(ExceptionGroup, "a"), tries(ExceptionGroup, "a", 5))
print(ExceptionGroup.__mro__, issubclass(ExceptionGroup, Exception))
# recursion
def rec(n): return rec(n + 1)
print(tries(rec, 0))
class RecRepr:
    def __repr__(self): return repr(self)
print(tries(repr, RecRepr()))
