import functools
from functools import (cache, cached_property, cmp_to_key, lru_cache, partial, partialmethod, reduce, singledispatch,
                       singledispatchmethod, total_ordering, update_wrapper, wraps)


def show(f, *args, **kwargs):
    try:
        print(repr(f(*args, **kwargs)))
    except Exception as e:
        print(type(e).__name__, e)


# --- wraps
def deco(f):
    @wraps(f)
    def inner(*args, **kwargs):
        "inner doc"
        return ("inner", f(*args, **kwargs))
    return inner


@deco
def original(a, b: int = 2) -> str:
    "original doc"
    return a + b


print(original(1), original.__name__, original.__doc__, original.__wrapped__(1), original.__annotations__, original.__module__)
print(functools.WRAPPER_ASSIGNMENTS, functools.WRAPPER_UPDATES)
p = partial(int, base=2)
print(p("101"), p.func, p.args, p.keywords, update_wrapper(p, int) is p, p.__name__)
print(partial(partial(max, 1), 5)(3), repr(partial(print, 1, sep="x")))
show(partial)
show(partial, 3)


# --- caches
@lru_cache(maxsize=2)
def square(x):
    print("computing", x)
    return x * x


print([square(x) for x in (1, 2, 1, 3, 1, 2)], square.cache_info(), square.cache_parameters())
square.cache_clear()
print(square.cache_info(), square.__wrapped__(5))
show(square, [])


@cache
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print(fib(80), fib.cache_info())


@lru_cache(typed=True)
def typed(x):
    return type(x).__name__


print(typed(1), typed(1.0), typed.cache_info().currsize)


class C:
    def __init__(self):
        self.n = 0

    @cached_property
    def value(self):
        "a value"
        self.n += 1
        return self.n

    @lru_cache
    def method(self, x):
        return (id(self) == id(self), x)


c = C()
print(c.value, c.value, c.__dict__, C.value.__doc__, c.method(1), c.method(1), C.method.cache_info().hits)
del c.value
print(c.value)

# --- reduce, cmp_to_key, total_ordering
print(reduce(lambda a, b: a * 10 + b, [1, 2, 3]), reduce(lambda a, b: a + b, [], "start"))
show(reduce, max, [])
print(sorted([3, 1, 2], key=cmp_to_key(lambda a, b: b - a)))


@total_ordering
class T:
    def __init__(self, v):
        self.v = v

    def __eq__(self, o):
        return self.v == o.v

    def __lt__(self, o):
        return self.v < o.v if isinstance(o, T) else NotImplemented


print(T(1) <= T(1), T(2) > T(1), T(1) >= T(2), T(1) != T(2))
show(lambda: T(1) <= 3)


class Nothing:
    pass


show(total_ordering, Nothing)


# --- dispatch
@singledispatch
def describe(x):
    return "object"


@describe.register(int)
def _(x):
    return "int"


@describe.register(list)
@describe.register(tuple)
def _(x):
    return "sequence"


import collections.abc
describe.register(collections.abc.Mapping, lambda x: "mapping")
print([describe(x) for x in (1, True, "s", [], (), {}, 2.5)], describe.dispatch(bool) is describe.registry[int],
      sorted(k.__name__ for k in describe.registry))
show(describe)


class Negator:
    @singledispatchmethod
    def neg(self, arg):
        return "no way"

    @neg.register(int)
    def _(self, arg):
        return -arg

    @neg.register(bool)
    @classmethod
    def _(cls, arg):
        return (cls.__name__, not arg)


print(Negator().neg(3), Negator().neg(True), Negator().neg("x"))


class Cell:
    def set_state(self, state, extra=0):
        self.state = state, extra

    alive = partialmethod(set_state, True)
    dead = partialmethod(set_state, False, extra=2)


cell = Cell()
cell.alive()
print(cell.state)
cell.dead()
print(cell.state, repr(Cell.__dict__["dead"])[:30])
