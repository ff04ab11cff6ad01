import abc
import _abc
import gc
import weakref


def show(f, *args):
    try:
        print(repr(f(*args)))
    except Exception as e:
        print(type(e).__name__, e)


class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self): ...

    @property
    @abc.abstractmethod
    def name(self): ...

    @classmethod
    @abc.abstractmethod
    def make(cls): ...

    @staticmethod
    @abc.abstractmethod
    def help(): ...

    def plain(self):
        return "plain"


print(sorted(Shape.__abstractmethods__))
show(Shape)


class Half(Shape):
    def area(self):
        return 1
    name = "half"


show(Half)


class One(Half):
    @classmethod
    def make(cls):
        return cls()

    @staticmethod
    def help():
        return "help"


print(One.make().plain(), One.help(), One().name)
print(One.__abstractmethods__, issubclass(One, Shape), isinstance(One(), Shape))


class Only(abc.ABC):
    @abc.abstractmethod
    def f(self): ...


show(Only)

# --- registering
class Registered:
    pass


class Sub(Registered):
    pass


print(issubclass(Registered, Only), isinstance(Sub(), Only))
before = abc.get_cache_token()
print(Only.register(Registered) is Registered)
print(abc.get_cache_token() != before)
print(issubclass(Registered, Only), issubclass(Sub, Only), isinstance(Sub(), Only))
show(Only.register, 3)


class Narrow(Only):
    pass


show(Narrow.register, Only)


@Only.register
class Decorated:
    pass


print(issubclass(Decorated, Only), issubclass(Decorated, Narrow), issubclass(int, Only))
Narrow.register(int)
print(issubclass(int, Only), isinstance(3, Only), isinstance(True, Narrow), isinstance("", Only))
show(issubclass, 3, Only)


# --- hooks
class Sized(metaclass=abc.ABCMeta):
    @classmethod
    def __subclasshook__(cls, C):
        if cls is Sized:
            return any("__len__" in B.__dict__ for B in C.__mro__) or NotImplemented
        return NotImplemented


class HasLen:
    def __len__(self):
        return 3


print(isinstance(HasLen(), Sized), issubclass(HasLen, Sized), isinstance(3, Sized), issubclass(list, Sized))


class Bad(abc.ABC):
    @classmethod
    def __subclasshook__(cls, C):
        return 5


show(issubclass, int, Bad)


class Raising(abc.ABC):
    @classmethod
    def __subclasshook__(cls, C):
        raise KeyError(C.__name__)


show(isinstance, 3, Raising)


# --- __class__ that lies
class Liar:
    @property
    def __class__(self):
        return int


print(isinstance(Liar(), Only), isinstance(Liar(), Narrow))

# --- caches: the classes in them may die
registry, cache, negative, version = _abc._get_dump(Only)
print(sorted(r().__name__ for r in registry), type(version))


def dying():
    class Short(Registered):
        pass
    print(issubclass(Short, Only))
    return weakref.ref(Short)


r = dying()
gc.collect()
print(r() is None)
print(all(ref() is not None for ref in _abc._get_dump(Only)[1]))
_abc._reset_caches(Only)
print(_abc._get_dump(Only)[1:3])
_abc._reset_registry(Only)
print(issubclass(Registered, Only), isinstance(3, Narrow))

# --- changing what is abstract
class Late(abc.ABC):
    @abc.abstractmethod
    def f(self): ...


Late.f = lambda self: "late"
show(Late)
print(abc.update_abstractmethods(Late) is Late, Late.__abstractmethods__, Late().f())


class P(abc.ABC):
    @property
    def x(self):
        return 1

    @x.setter
    @abc.abstractmethod
    def x(self, value): ...


print(P.x.__isabstractmethod__, sorted(P.__abstractmethods__))
print(abc.abstractmethod(len) is len if False else "builtins take no attributes")
show(_abc._abc_subclasscheck, int, int)
