# Special methods: operators, reflected and in-place forms, comparison, hashing, containers, conversion.
def tries(f, *args):
    try:
        return f(*args)
    except Exception as e:
        return f"{type(e).__name__}: {e}"
import operator

log = []
class V:
    def __init__(self, n): self.n = n
    def __repr__(self): return f"{type(self).__name__}({self.n})"
for name in "add sub mul truediv floordiv mod pow lshift rshift and or xor matmul divmod".split():
    def m(self, o, name=name): log.append(name); return NotImplemented if o == "no" else (name, self.n)
    def r(self, o, name=name): log.append("r" + name); return ("r" + name, self.n)
    setattr(V, f"__{name}__", m)
    setattr(V, f"__r{name}__", r)
ops = [operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow,
       operator.lshift, operator.rshift, operator.and_, operator.or_, operator.xor, operator.matmul, divmod]
for op in ops:
    print(op.__name__, op(V(1), 2), op(2, V(3)), tries(op, V(1), "no") if op is not operator.mod else "")
class W(V):
    def __radd__(self, o): return ("W.radd", self.n)
print(V(1) + W(2), W(1) + V(2), W(1) + W(2))
class NoOps: pass
for op in ops:
    print(tries(op, NoOps(), 1))
print(tries(operator.neg, NoOps()), tries(operator.pos, NoOps()), tries(operator.invert, NoOps()), tries(abs, NoOps()))
print(tries(operator.iadd, NoOps(), 1), tries(operator.ipow, NoOps(), 1), tries(pow, NoOps(), 1, 2))
class IP:
    def __init__(self): self.l = []
    def __iadd__(self, o): self.l.append(o); return self
i = IP(); j = i
i += 1; i += 2
print(i.l, i is j)
class OnlyAdd:
    def __add__(self, o): return ("add", o)
x = OnlyAdd(); x += 5
print(x)
class U:
    def __neg__(self): return "neg"
    def __pos__(self): return "pos"
    def __invert__(self): return "inv"
    def __abs__(self): return "abs"
    def __index__(self): return 3
    def __int__(self): return 4
    def __float__(self): return 5.5
    def __round__(self, n=None): return ("round", n)
    def __trunc__(self): return 6
    def __floor__(self): return "floor"
    def __ceil__(self): return "ceil"
u = U()
import builtins
print(-u, +u, ~u, abs(u), [0, 1, 2, 3, 4][u], int(u), float(u), round(u), round(u, 2), hex(u), range(u))
class BadIndex:
    def __index__(self): return "x"
    def __bool__(self): return 1
    def __len__(self): return -1
    def __hash__(self): return "h"
    def __repr__(self): return 1
    def __str__(self): return 2
    def __iter__(self): return 5
    def __int__(self): return "i"
    def __float__(self): return "f"
b = BadIndex()
for f in (operator.index, bool, len, hash, repr, str, iter, int, float, list):
    print(f.__name__, tries(f, b))
class LenOnly:
    def __init__(self, n): self.n = n
    def __len__(self): return self.n
print(bool(LenOnly(0)), bool(LenOnly(2)), tries(len, LenOnly("a")), tries(len, LenOnly(1 << 70)), tries(len, LenOnly(1.5)))

class Cmp:
    def __init__(self, n): self.n = n
    def __eq__(self, o): return self.n == o.n if isinstance(o, Cmp) else NotImplemented
    def __lt__(self, o): return self.n < o.n if isinstance(o, Cmp) else NotImplemented
print(Cmp(1) == Cmp(1), Cmp(1) != Cmp(1), Cmp(1) == 1, Cmp(1) != 1, Cmp(1) < Cmp(2), Cmp(1) > Cmp(2), tries(operator.le, Cmp(1), Cmp(2)), tries(operator.lt, Cmp(1), 1))
print(tries(hash, Cmp(1)), Cmp.__hash__, Cmp(1) in [Cmp(1)], [Cmp(2), Cmp(1)].index(Cmp(1)), sorted([Cmp(3), Cmp(1)], key=lambda c: c.n)[0].n)
class CmpH(Cmp):
    __hash__ = object.__hash__
print(isinstance(hash(CmpH(1)), int), CmpH(1) == CmpH(1))
class H:
    def __hash__(self): return 1 << 70
print(hash(H()) == hash(1 << 70))
class HM:
    def __hash__(self): return -1
print(hash(HM()))
class NoHash: __hash__ = None
print(tries(hash, NoHash()), tries(lambda: {NoHash(): 1}))

class Seq:
    def __init__(self, *a): self.a = a
    def __getitem__(self, i):
        return self.a[i]
print(list(Seq(1, 2)), 2 in Seq(1, 2), tries(len, Seq()), list(reversed([1])), tries(reversed, Seq(1)))
class Cont:
    def __contains__(self, x): return x > 3
    def __setitem__(self, k, v): print("set", k, v)
    def __delitem__(self, k): print("del", k)
    def __getitem__(self, k): return ("get", k)
    def __missing__(self, k): return 1
c = Cont()
print(5 in c, 1 in c, c[1:2], c[1, 2], c[...])
c[1] = 2
del c[3]
print(tries(lambda: NoOps()[1]), tries(operator.setitem, NoOps(), 1, 2), tries(operator.delitem, NoOps(), 1), tries(iter, NoOps()), tries(operator.contains, NoOps(), 1), tries(next, NoOps()))
class NoIter:
    __iter__ = None
    __contains__ = None
print(tries(iter, NoIter()), tries(operator.contains, NoIter(), 1))
class It:
    def __init__(self): self.n = 0
    def __iter__(self): return self
    def __next__(self):
        self.n += 1
        if self.n > 3: raise StopIteration("done")
        return self.n
print(list(It()), max(It()), sum(It()), [*It()], dict(zip(It(), It())))
a, *rest = It()
print(a, rest)
class D(dict):
    def __missing__(self, k): return ("missing", k)
print(D(a=1)["a"], D()["zz"])
class L(list):
    def __len__(self): return 99
    def __getitem__(self, i): return "item"
print(len(L([1])), L([1])[0], list(L([1, 2])))
class F:
    def __format__(self, spec): return "<" + spec + ">"
    def __bytes__(self): return b"xyz"
print(f"{F()} {F():abc}", format(F(), "q"), bytes(F()), tries(format, NoOps(), "x"))
class BadF:
    def __format__(self, s): return 1
print(tries(format, BadF()))
class Dir:
    def __dir__(self): return ["b", "a"]
    def __sizeof__(self): return 10
print(dir(Dir()), Dir().__sizeof__())
class Ctx:
    def __enter__(self): return "in"
    def __exit__(self, *a): print("exit", a[0]); return True
with Ctx() as v:
    print(v)
    raise ValueError
# slots filled after the fact
class Late: pass
late = Late()
print(tries(lambda: late + 1), tries(len, late))
Late.__add__ = lambda s, o: "added"
Late.__len__ = lambda s: 7
Late.__call__ = lambda s: "called"
print(late + 1, len(late), late(), bool(late))
del Late.__len__
print(tries(len, late), bool(late))
class Sub(Late): pass
print(Sub() + 1)
Late.__add__ = lambda s, o: "changed"
print(Sub() + 1, Sub()())
class Base:
    def __eq__(self, o): return True
class DerivedHash(Base):
    def __hash__(self): return 7
print(hash(DerivedHash()), DerivedHash() == 1, tries(hash, Base()))
# instances do not count: special methods are looked up on the type
n = NoOps(); n.__len__ = lambda: 5
print(tries(len, n))
# wrappers
print(int.__add__(1, 2), int.__radd__(1, 2), (5).__sub__(3), int.__eq__(1, "a"), tries(int.__add__, "a", 1), tries(int.__add__, 1), tries(int.__add__), tries((1).__add__, 1, 2))
print(str.__len__("abc"), list.__getitem__([1, 2], 1), dict.__contains__({1: 2}, 1), object.__eq__(1, 1), object.__ne__(1, 2), tries(object.__lt__, 1, 2))
print(tries(object.__setattr__, int, "a", 1), tries(type.__setattr__, int, "a", 1), tries(object.__setattr__, 5, "a", 1), tries(object.__getattribute__, 1, 2))
print(int.__add__.__name__, int.__add__.__qualname__, int.__add__.__doc__, int.__add__.__objclass__, (1).__add__.__self__)
print(list.append.__name__, list.append.__qualname__, [].append.__self__, [].append.__qualname__, tries(list.append), tries(list.append, 1, 2), dict.fromkeys.__qualname__)
print((1).__add__ == (1).__add__, list.append, dict.__dict__["fromkeys"], int.__dict__["real"], int.real)
print(tries(int.__new__), int.__new__(int, 5), tries(int.__new__, 5), tries(lambda: (1).real.__set__(1)))
