# A finder that is appended before importlib has been imported is asked for what nobody else finds, one that is
# inserted in front before the others; a module with a strange __file__ does not keep importlib from being loaded.
import sys
import types


class Loader:
    def create_module(self, spec):
        return None

    def exec_module(self, module):
        module.stub = True


class Stub:
    def __init__(self, names):
        self.names = names

    def find_spec(self, name, path, target=None):
        if name in self.names:
            from importlib.machinery import ModuleSpec
            return ModuleSpec(name, Loader())


odd = types.ModuleType("odd")
odd.__file__ = "<virtual>"
sys.modules["odd"] = odd
sys.meta_path.append(Stub({"colorsys", "unheard_of"}))
sys.meta_path.insert(0, Stub({"sndhdr"}))
import colorsys
import sndhdr
import unheard_of
print([hasattr(m, "stub") for m in (colorsys, sndhdr, unheard_of)])
import importlib
print(isinstance(sys.meta_path[0], Stub), isinstance(sys.meta_path[-1], Stub), "PathFinder" in [getattr(f, "__name__", "") for f in sys.meta_path])
