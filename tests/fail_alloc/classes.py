# Classes, inheritance, descriptors, slots, metaclasses, instances with many attributes.
class Meta(type):
    def __new__(meta, name, bases, ns, **kw):
        ns["made"] = sorted(kw)
        return super().__new__(meta, name, bases, ns)

    def __init__(cls, name, bases, ns, **kw):
        super().__init__(name, bases, ns)


class Base(metaclass=Meta, flag=1):
    count = 0

    def __init__(self, n):
        self.n = n
        Base.count += 1

    @property
    def double(self):
        return self.n * 2

    @staticmethod
    def s(x):
        return [x]

    @classmethod
    def c(cls):
        return cls.__name__


class Slotted:
    __slots__ = ("a", "b")


class Child(Base):
    def __init__(self, n, *rest, key=None, **more):
        super().__init__(n)
        self.rest, self.key, self.more = rest, key, more

    def __repr__(self):
        return f"Child({self.n}, {self.rest}, {self.key}, {self.more})"

    def __eq__(self, other):
        return self.n == other.n

    __hash__ = None


x = Child(1, 2, 3, key="k", z=[1])
for i in range(40):
    setattr(x, "a%d" % i, [i])
o = Slotted()
o.a = {}
print(x, x.double, x.s(2), x.c(), x == Child(1), Base.count, Child.made, len(x.__dict__), hasattr(o, "b"), o.a)
Dynamic = type("Dynamic", (Child, Slotted), {"f": lambda self: self.n})
print(Dynamic(5).f(), [k.__name__ for k in Dynamic.__mro__], isinstance(x, Base))
