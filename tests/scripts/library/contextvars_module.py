import contextvars
from contextvars import ContextVar, Context, copy_context

v = ContextVar("v", default=1)
w = ContextVar("w")
print(v.get(), v.get(5), w.get(7), v.name)
try:
    w.get()
except LookupError as e:
    print(type(e).__name__, e.args[0] is w)
t = v.set(2)
print(v.get(), t.old_value is contextvars.Token.MISSING, t.var is v)
t2 = v.set(3)
print(t2.old_value)
v.reset(t2)
print(v.get())
for token in (t2, 3):
    try:
        v.reset(token)
    except (RuntimeError, TypeError) as e:
        print(type(e).__name__)
try:
    w.reset(t)
except ValueError:
    print("ValueError")
c = copy_context()


def inside(x, *, y=0):
    v.set(x + y)
    try:
        c.run(print)
    except RuntimeError:
        print("already entered")
    return v.get()


print(c.run(inside, 10, y=5), v.get(), c[v], c.get(w), v in c, w in c, len(c), list(c) == [v])
try:
    c.run(v.reset, t)
except ValueError:
    print("ValueError")
e = Context()
print(len(e), e.run(v.get), dict(c.items()) == {v: 15}, c.copy() == c, e == c)
try:
    c["x"]
except TypeError:
    print("TypeError")
v.reset(t)
print(v.get())
