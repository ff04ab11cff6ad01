# Finalizers that import and fail while the interpreter is taken apart: nothing but reports of errors.
import builtins
import sys


class Late:
    def __del__(self):
        try:
            import no_such_module
        except BaseException:
            pass
        try:
            no_such_name
        except BaseException:
            pass
        if type(self) is not None:
            1 / 0


class Holder:
    pass


holder = Holder()
holder.me = holder
holder.late = Late()
holder.late.holder = holder
builtins.kept = holder
sys.kept = Late()


def generator():
    try:
        yield holder
    finally:
        import no_such_module


g = generator()
next(g)
holder.g = g


class Again:
    def __del__(self, type=type):
        other = type(self)()
        other.me = other


again = Again()
again.me = again
print("to the end")
