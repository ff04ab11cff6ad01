# Closures, decorators, generators, recursion, all kinds of arguments.
def decorate(prefix):
    def outer(f):
        def inner(*args, **kw):
            calls.append(prefix)
            return f(*args, **kw)
        return inner
    return outer


calls = []


@decorate("one")
def f(a, b=2, *args, c, d=[4], **kw):
    return a, b, args, c, d, sorted(kw)


def gen(n):
    try:
        got = 0
        while n:
            got = yield (n, got)
            n -= 1
    finally:
        calls.append("closed")
    return "end"


def outer():
    result = yield from gen(3)
    yield result


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def counter():
    n = 0

    def step():
        nonlocal n
        n += 1
        return n
    return step


print(f(1, c=3), f(*range(5), c=1, **{"x": 1, "y": 2}), list(outer()), fib(10), calls)
g = gen(9)
next(g)
g.send(5)
g.close()
step = counter()
print([step() for _ in range(3)], calls[-1], [(lambda q: q * k)(2) for k in range(3)], dict(a=1), (lambda *a: a)(*"xy"))
