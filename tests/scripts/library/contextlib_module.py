import contextlib
import io
import sys
from contextlib import (AbstractContextManager, AsyncExitStack, ContextDecorator, ExitStack, asynccontextmanager, closing, contextmanager,
                        nullcontext, redirect_stderr, redirect_stdout, suppress)


def show(f, *args, **kwargs):
    try:
        print(repr(f(*args, **kwargs)))
    except Exception as e:
        print(type(e).__name__, e)


@contextmanager
def managed(name, swallow=False):
    print("enter", name)
    try:
        yield name.upper()
    except ValueError as e:
        print("caught", e)
        if not swallow:
            raise
    finally:
        print("exit", name)


with managed("a") as v:
    print(v)
with managed("b", swallow=True):
    raise ValueError("inside")
try:
    with managed("c"):
        raise ValueError("out")
except ValueError as e:
    print("outside", e, e.__traceback__ is not None)
try:
    with managed("k"):
        raise KeyError("k")
except KeyError as e:
    print("key", e)


@managed("decorator")
def decorated(x):
    "doc"
    print("in", x)
    return x * 2


print(decorated(2), decorated(3), decorated.__name__, decorated.__doc__)


@contextmanager
def no_yield():
    if False:
        yield


@contextmanager
def two_yields():
    yield 1
    yield 2


def use(cm):
    with cm as x:
        return x


show(use, no_yield())
show(use, two_yields())


@contextmanager
def swallow_then_raise():
    try:
        yield
    except KeyError:
        raise IndexError("other")


try:
    with swallow_then_raise():
        raise KeyError
except IndexError as e:
    print(e, type(e.__context__).__name__)


@contextmanager
def stop():
    yield


try:
    with stop():
        raise StopIteration("mine")
except StopIteration as e:
    print("StopIteration", e)

with suppress(ValueError, KeyError):
    raise KeyError
with suppress():
    pass
show(lambda: use(suppress(1)))
with nullcontext(5) as n:
    print(n)


class Closing:
    def close(self):
        print("closed")


with closing(Closing()) as c:
    print(type(c).__name__)

out = io.StringIO()
with redirect_stdout(out):
    print("captured")
    with redirect_stderr(out):
        print("error", file=sys.stderr)
print(repr(out.getvalue()))

# --- ExitStack
with ExitStack() as stack:
    for name in "xyz":
        stack.enter_context(managed(name))
    stack.callback(print, "callback", sep="-")
    stack.push(lambda *exc: print("pushed", exc))
    print("body")
try:
    with ExitStack() as stack:
        stack.enter_context(managed("outer"))
        stack.push(lambda t, e, tb: print("sees", t.__name__) or True)
        stack.callback(lambda: 1 / 0)
        raise TypeError("first")
    print("swallowed")
except Exception as e:
    print(type(e).__name__)
try:
    with ExitStack() as stack:
        @stack.callback
        def fail():
            raise ValueError("from callback")
        raise TypeError("body")
except ValueError as e:
    print(e, repr(e.__context__))
s = ExitStack()
s.callback(print, "kept")
t = s.pop_all()
s.close()
print("nothing closed yet")
t.close()
show(ExitStack().enter_context, 3)


class Deco(ContextDecorator):
    def __enter__(self):
        print("start")
        return self

    def __exit__(self, *exc):
        print("finish", exc[0])
        return False


@Deco()
def f():
    return "result"


print(f())
print(issubclass(Deco, AbstractContextManager), isinstance(open, AbstractContextManager))
show(AbstractContextManager)


class Bare(AbstractContextManager):
    def __exit__(self, *exc):
        return None


with Bare() as b:
    print(type(b).__name__)


# --- asynchronous ones, driven by hand
def run(c):
    try:
        while True:
            c.send(None)
    except StopIteration as e:
        return e.value


@asynccontextmanager
async def amanaged(x):
    print("aenter", x)
    try:
        yield x
    finally:
        print("aexit", x)


async def main():
    async with amanaged(1) as x:
        print("in", x)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(amanaged(2))
        stack.push_async_callback(done)
        stack.enter_context(managed("sync"))
    try:
        async with amanaged(3):
            raise ValueError("async")
    except ValueError as e:
        print("async caught", e)
    async with contextlib.aclosing(agen()) as g:
        print([i async for i in g])
    return "main done"


async def done():
    print("async callback")


async def agen():
    try:
        yield 1
        yield 2
    finally:
        print("agen closed")


print(run(main()))
with contextlib.chdir("/"):
    import os
    print(os.getcwd())
