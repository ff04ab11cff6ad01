# throw() through a delegate: the frames below stay visible; what a generator gets when the exception
# cannot be made; errors that nobody can be told of.
import sys


def names():
    f, found = sys._getframe(1), []
    while f is not None and f.f_code.co_name != "<module>":
        found.append(f.f_code.co_name)
        f = f.f_back
    return found


def inner():
    try:
        yield names()
    except KeyError as e:
        yield names(), repr(e), repr(e.__context__)
    try:
        raise ValueError("handled meanwhile")
    except ValueError:
        yield names()


def outer():
    try:
        raise OSError("around")
    except OSError:
        yield from inner()


g = outer()
print(next(g))
try:
    raise TypeError("the caller's")
except TypeError:
    print(g.throw(KeyError("thrown")))
    print(sys.exc_info()[1])
print(g.send(None))
g.close()


def closing():
    try:
        yield 1
    finally:
        print("closing", names())


def around():
    yield from closing()


g = around()
next(g)
g.close()
g = around()
next(g)
try:
    g.throw(GeneratorExit)
except GeneratorExit as e:
    print("gone", e.__traceback__.tb_next.tb_lineno > 0)


class NeverMade(Exception):
    def __new__(cls, *args):
        return cls


def reports():
    try:
        yield 1
    except BaseException as e:
        print(type(e), e)
    yield 2


g = reports()
next(g)
print(g.throw(NeverMade))
g.close


def deep(n):
    if n:
        yield from deep(n - 1)
    else:
        try:
            yield len(names())
        except KeyError:
            yield len(names())


g = deep(50)
print(next(g), g.throw(KeyError))
del g

caught = []
sys.unraisablehook = lambda info: caught.append(
    (type(info.exc_value).__name__, str(info.exc_value), info.exc_traceback is not None,
     type(info.object).__name__))


def stubborn():
    while True:
        try:
            yield
        except GeneratorExit:
            pass


g = stubborn()
next(g)
del g
print(caught)
caught.clear()

import warnings

warnings.simplefilter("error")


async def never():
    pass


c = never()
del c
print(caught)


class Broken:
    def __aiter__(self):
        return self

    def __anext__(self):
        return self

    def __await__(self):
        1 / 0


async def main():
    async for _ in Broken():
        pass


try:
    main().send(None)
except TypeError as e:
    print(e, repr(e.__cause__), repr(e.__context__))
