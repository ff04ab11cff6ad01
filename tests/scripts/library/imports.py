# What people import must be there; what is not there says so.
import importlib
import inspect
import ast
import io
import logging

for name in """re string typing enum dataclasses json textwrap fnmatch traceback linecache tokenize inspect argparse datetime
shlex difflib pprint statistics fractions decimal unittest logging ast dis base64 pickle tempfile pathlib subprocess
concurrent.futures selectors random operator configparser timeit glob shutil locale calendar codecs importlib.util
pkgutil runpy contextvars doctest html.parser urllib.parse graphlib ipaddress cmd code sched platform""".split():
    importlib.import_module(name)
try:
    import nothing_of_that_name
except ModuleNotFoundError as e:
    print(e, e.name)


def f(a, b: int = 2, *args, c, d="x", **kw) -> str:
    "doc"


print(inspect.signature(f), inspect.getdoc(f), inspect.getsource(f).splitlines()[0])
print(inspect.signature(len))
tree = ast.parse("a = [i ** 2 for i in range(10) if i % 2]\nmatch a:\n    case [1, *r]:\n        pass")
print(ast.dump(tree))
print(ast.unparse(tree))
print(ast.literal_eval("{'a': [1, 2.5, (3, -4)], 'b': {1, 2}}"))
stream = io.StringIO()
handler = logging.StreamHandler(stream)
handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
log = logging.getLogger("test")
log.addHandler(handler)
log.warning("hot %d", 3)
try:
    1 / 0
except ZeroDivisionError:
    log.exception("bad")
print(stream.getvalue().splitlines()[0], stream.getvalue().splitlines()[-1])
import decimal, fractions, statistics

print(decimal.Decimal("1.1") + decimal.Decimal("2.2"), fractions.Fraction(3, 4) + 1, statistics.mean([1, 2, 3, 4]))
import dataclasses


@dataclasses.dataclass(order=True, frozen=True)
class Point:
    x: int
    y: int = 0
    z: list = dataclasses.field(default_factory=list, compare=False)


print(Point(1), Point(1, 2) < Point(2), dataclasses.asdict(Point(3)), dataclasses.replace(Point(1), y=5))
