# Exceptions raised, chained, cleaned up; `with`, `finally`, tracebacks.
class Trouble(Exception):
    def __init__(self, code):
        super().__init__("trouble", code)
        self.code = code


class Guard:
    def __init__(self, log):
        self.log = log

    def __enter__(self):
        self.log.append("in")
        return self

    def __exit__(self, kind, value, tb):
        self.log.append(kind and kind.__name__)
        return kind is Trouble


def fails(depth):
    if depth == 0:
        raise Trouble(7)
    try:
        fails(depth - 1)
    finally:
        log.append(depth)


log = []
with Guard(log):
    fails(4)
try:
    try:
        {}["missing"]
    except KeyError as e:
        raise ValueError("second") from e
except ValueError as e:
    log.append((repr(e), repr(e.__cause__)))
for action in (lambda: 1 / 0, lambda: [].pop(), lambda: int("x"), lambda: None.x, lambda: undefined, lambda: "a" + 1, lambda: next(iter(()))):
    try:
        action()
    except MemoryError:
        raise
    except Exception as e:
        log.append(f"{type(e).__name__}: {e}")
print(log)
