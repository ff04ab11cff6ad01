# Classes: making, attributes, inheritance, metaclasses, slots, special methods.
def tries(f, *args, **kwargs):
    try:
        return f(*args, **kwargs)
    except Exception as e:
        return f"{type(e).__name__}: {e}"


class A:
    x = 1

    def __init__(self, v):
        self.v = v

    def get(self):
        return self.v

    @property
    def p(self):
        "doc of p"
        return self.v * 2

    @p.setter
    def p(self, value):
        self.v = value

    @staticmethod
    def s(a):
        return a + 1

    @classmethod
    def c(cls, a):
        return (cls.__name__, a)

    def __repr__(self):
        return f"A({self.v})"


a = A(3)
print(a, a.get(), a.p, A.s(1), A.c(2), a.c(3), a.s(4))
a.p = 10
print(a.v, A.p.__doc__, tries(delattr, a, "p"), tries(setattr, A(1), "q", 2))
print(list(A.__dict__), A.__name__, A.__qualname__, A.__module__, A.__bases__, A.__base__)
print(tries(getattr, a, "nope"), tries(getattr, A, "nope"), tries(delattr, a, "nope"))
print(tries(setattr, int, "x", 1), tries(setattr, (1), "x", 1), tries(lambda: object().x))
print(tries(lambda: setattr(object(), "x", 1)), tries(lambda: delattr(A, "zzz")))
A.x = 5
print(a.x, A.x)
a.x = 6
print(a.x, A.x, a.__dict__)
del a.x
print(a.x)
A.new = lambda self: "new " + str(self.v)
print(a.new())
del A.new
print(tries(lambda: a.new()))


# --- inheritance and MRO
class O: pass
class X(O):
    def f(self): return "X" + super().f() if hasattr(super(), "f") else "X"
class Y(O):
    def f(self): return "Y"
class Z(X, Y):
    def f(self): return "Z" + super().f()
print([c.__name__ for c in Z.__mro__], Z().f(), Z.mro() == list(Z.__mro__))
print(tries(lambda: type("bad", (X, Z), {})), tries(lambda: type("bad", (O, O), {})))
print(tries(lambda: type("bad", (int, str), {})), tries(lambda: type("bad", (bool,), {})))
print(tries(lambda: type("bad", (1,), {})), tries(lambda: type(1, (), {})), tries(type, 1, 2))
print(O.__subclasses__(), Z.__subclasses__())
print(isinstance(Z(), Y), issubclass(Z, O), isinstance(3, (str, int)), issubclass(bool, int), isinstance(1, int | str))
print(tries(isinstance, 1, 2), tries(issubclass, 1, int), tries(issubclass, int, 1))


class P1:
    def who(self): return "P1"
class P2:
    def who(self): return "P2"
class Child(P1):
    pass
ch = Child()
print(ch.who())
Child.__bases__ = (P2,)
print(ch.who(), Child.__mro__[1].__name__, P1.__subclasses__(), [c.__name__ for c in P2.__subclasses__()])
print(tries(setattr, Child, "__bases__", ()), tries(setattr, Child, "__bases__", (Child,)), tries(setattr, Child, "__bases__", 1))
print(tries(setattr, Child, "__bases__", (int,)))


# --- metaclasses
class M(type):
    def __prepare__(name, bases, **kw):
        print("prepare", name, bases, kw)
        return {"injected": 1}
    def __new__(m, n, b, d, **k):
        print("new", n, sorted(k))
        return super().__new__(m, n, b, d)
    def __init__(c, n, b, d, **k):
        print("init", n, sorted(k))
        super().__init__(n, b, d)
    def __call__(cls, *a):
        print("call", cls.__name__, a)
        return super().__call__(*a)
    @property
    def meta_p(cls): return "meta " + cls.__name__
    def __getattr__(cls, n): return "missing " + n
    def __len__(cls): return 42
    def __contains__(cls, x): return x == 1
    def __iter__(cls): return iter("abc")
class C(metaclass=M, z=1):
    def __init__(self, a=0): self.a = a
print(C.injected, C(3).a, type(C).__name__, C.meta_p, C.whatever, len(C), 1 in C, list(C))
class C2(C): pass
print(type(C2).__name__)
class N(type): pass
print(tries(lambda: N("bad", (C,), {})))
print(tries(type.__new__, type, "x", ()), tries(type, "x", [], {}), tries(type, "x", (), 1))


class Reg:
    subs = []
    def __init_subclass__(cls, /, tag=None, **kw):
        super().__init_subclass__(**kw)
        cls.subs.append((cls.__name__, tag))
class R1(Reg, tag=1): pass
class R2(R1): pass
print(Reg.subs, tries(lambda: type("R3", (Reg,), {}, other=1)))
print(tries(lambda: type("R4", (), {}, k=1)))


class Desc:
    def __set_name__(self, o, n): self.n = n; self.o = o.__name__
    def __get__(self, i, o=None): return (self.n, self.o, i is None, o.__name__)
    def __set__(self, i, v): i.__dict__["_" + self.n] = v
    def __delete__(self, i): del i.__dict__["_" + self.n]
class NonData:
    def __get__(self, i, o=None): return "nondata"
class E:
    d = Desc()
    n = NonData()
e = E()
e.d = 4
print(e.d, E.d, e.__dict__, e.n)
e.__dict__["n"] = "own"
e.__dict__["d"] = "hidden"
print(e.n, e.d)
del e.d
print(e.__dict__)
class BadName:
    def __set_name__(self, o, n): raise ValueError("no")
try:
    class UsesBad: b = BadName()
except RuntimeError as err:
    print(err, repr(err.__cause__))


# --- slots
class S:
    __slots__ = ("a", "b", "__private")
    cls_attr = 5
    def setp(self): self.__private = 9; return self.__private
s = S()
s.a = 1
print(s.a, tries(lambda: s.b), tries(setattr, s, "c", 1), tries(setattr, s, "cls_attr", 1), s.setp(), s._S__private)
print(S.__slots__, S.a, tries(lambda: s.__dict__), tries(delattr, s, "b"))
del s.a
print(tries(lambda: s.a))
class S2(S):
    __slots__ = "d"
s2 = S2(); s2.a = 1; s2.d = 2
print(s2.a, s2.d, tries(setattr, s2, "e", 1))
class S3(S): pass
s3 = S3(); s3.a = 1; s3.zzz = 3
print(s3.a, s3.zzz, s3.__dict__)
class S4: __slots__ = ("__dict__", "q")
s4 = S4(); s4.q = 1; s4.r = 2
print(s4.__dict__, s4.q)
def bad_slots(slots, base=object, **ns):
    return tries(lambda: type("B", (base,), dict(__slots__=slots, **ns)).__name__)
print(bad_slots(["a", 1]), bad_slots(["1a"]), bad_slots(["a"], a=1), bad_slots(["a"], int), bad_slots([], int))
print(bad_slots(["__dict__", "__dict__"]), bad_slots(["__weakref__", "__weakref__"]), bad_slots(["a"], tuple))
class SA: __slots__ = ("a",)
class SB: __slots__ = ("b",)
class SE: __slots__ = ()
print(tries(lambda: type("SC", (SA, SB), {})), type("SD", (SA, SE), {}).__name__)
class WS: __slots__ = ("__weakref__",)
import weakref
print(weakref.ref(WS()) is not None, tries(weakref.ref, SA()), tries(weakref.ref, 1))


# --- __class__ assignment
class K1:
    def hi(self): return "K1"
class K2:
    def hi(self): return "K2"
k = K1(); k.v = 1
k.__class__ = K2
print(k.hi(), k.v, type(k).__name__)
print(tries(setattr, k, "__class__", int), tries(setattr, k, "__class__", 1), tries(setattr, 1, "__class__", int), tries(setattr, k, "__class__", SA))
SA2 = type("SA2", (), {"__slots__": ("a",)})
sa = SA(); sa.a = 7; sa.__class__ = SA2
print(sa.a, type(sa).__name__)


# --- getattr and friends
class G:
    def __getattr__(self, n):
        if n.startswith("x"): return "attr " + n
        raise AttributeError(n)
    def __setattr__(self, n, v):
        object.__setattr__(self, n, ("set", v))
    def __delattr__(self, n):
        print("del", n); object.__delattr__(self, n)
    @property
    def broken(self): raise AttributeError("inner")
g = G()
print(g.xyz, tries(lambda: g.y), hasattr(g, "y"), getattr(g, "y", "default"))
g.q = 1
print(g.q)
del g.q
print(tries(lambda: g.broken), tries(delattr, g, "q"))
class GA:
    def __getattribute__(self, n):
        if n == "real": return object.__getattribute__(self, n)
        return "all " + n
    real = 1
print(GA().anything, GA().real, GA().__class__)
class GB(GA):
    def __getattribute__(self, n): raise AttributeError("none")
    def __getattr__(self, n): return "fallback " + n
print(GB().x)

# --- callable instances, class getitem, new
class Callable:
    def __call__(self, *a, **k): return a, k
print(Callable()(1, b=2), callable(Callable()), tries(lambda: A(1)()))
class Item:
    def __class_getitem__(cls, k): return (cls.__name__, k)
print(Item[1, 2], tries(lambda: A[1]), list[int], dict[str, int])
class New:
    def __new__(cls, *a):
        o = super().__new__(cls); o.a = a
        return o if len(a) < 2 else 5
    def __init__(self, *a): print("init", a)
print(New(1).a, New(1, 2))
class Plain: pass
print(tries(Plain, 1), tries(object, 1), tries(Plain, k=1), tries(object.__new__), tries(object.__new__, 1), tries(object.__new__, list))
class OnlyNew:
    def __new__(cls, a): return super().__new__(cls)
class OnlyInit:
    def __init__(self, a): super().__init__(a)
print(type(OnlyNew(1)).__name__, tries(OnlyInit, 1), tries(list.__new__, Plain), tries(int.__new__, str))
class BadInit:
    def __init__(self): return 5
print(tries(BadInit))
class Big(int):
    def __new__(cls, v): return super().__new__(cls, v + 1)
print(Big(4), Big(4) + 1, type(Big(4) + 1).__name__, repr(Big(1 << 80)))
print(tries(lambda: type(None)(1)), type(None)() is None, tries(type(len)), tries(lambda: type(NotImplemented)()), tries(lambda: type(iter([]))()))
import abc
class Abs(abc.ABC):
    @abc.abstractmethod
    def f(self): pass
    @abc.abstractmethod
    def g(self): pass
print(tries(Abs))
class Conc(Abs):
    def f(self): return 1
print(tries(Conc))
class Conc2(Conc):
    def g(self): return 2
print(Conc2().g(), isinstance(Conc2(), Abs))
