# An annotation that stays text never runs: nothing in it asks for an asynchronous function around it.
import __future__

sources = [
    "x: [i async for i in y]",
    "x: {i: 1 async for i in y}",
    "x: lambda: [i async for i in y]",
    "x: lambda: (await y)",
    "x: (await y)",
    "x: [await y for z in q]",
    "x: (await y for z in q)",
    "def f(a: [[i async for i in y] for k in z]) -> {i async for i in y}: pass",
    "x: [i for i in [j async for j in q]]",
    "async def f():\n x: [i async for i in y]",
    "class C:\n x: lambda a=[i async for i in y]: a",
    "def f(*a: lambda: (yield from [k async for k in y])): pass",
    "x: [(yield) for i in y]",
    "x: [(k:=1) async for i in y]",
    "def f(): return [i async for i in y]",
]
for s in sources:
    try:
        compile(s, "s", "exec", __future__.annotations.compiler_flag, True)
        print("ok", repr(s))
    except SyntaxError as e:
        print(repr(s), e.msg)
