# Finders that scripts put into sys.meta_path are asked: in front of PathFinder before the search along sys.path,
# behind it when nothing was found there. And platform understands sys.version.
import bisect
import importlib.util
import sys


class Finder:
    def __init__(self, label, known):
        self.label = label
        self.known = known

    def find_spec(self, name, path, target=None):
        if name.startswith(("made", "colorsys")):
            print(self.label, "asked for", name, path, target)
        return importlib.util.spec_from_loader(name, self) if name in self.known else None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        module.maker = self.label
        if module.__name__ == "made":
            module.__path__ = []
        if module.__name__ == "made.broken":
            raise ValueError("broken on purpose")


sys.meta_path.append(Finder("behind", {"made", "made.part", "made.broken", "colorsys"}))
import made
import made.part
from made import part
print(made.maker, part.maker, made.part is part, made.__spec__.loader.label, part.__package__)
try:
    import made.broken
except ValueError as e:
    print(e, "made.broken" in sys.modules)
try:
    import made.nothing
except ModuleNotFoundError as e:
    print(e, e.name)
import colorsys
print(hasattr(colorsys, "maker"))
del sys.modules["colorsys"]
sys.meta_path.insert(0, Finder("before", {"colorsys"}))
import colorsys
print(colorsys.maker)


class Raises:
    def find_spec(self, name, path, target=None):
        raise RuntimeError("no search for " + name)


sys.meta_path.insert(0, Raises())
try:
    import made.again
except RuntimeError as e:
    print(e)
del sys.meta_path[0]

import platform
print(platform.python_version() == ".".join(map(str, sys.version_info[:3])), platform.python_compiler()[:3])
import zipimport
print(zipimport.zipimporter.__name__)

# Every module has a loader, however early it was imported: pkgutil.get_data reads by it.
import heapq
import pkgutil
import xml
for module in (bisect, heapq, xml):
    print(type(module.__loader__).__name__, module.__spec__.loader is module.__loader__, type(module.__spec__).__name__)
print(len(pkgutil.get_data("xml", "__init__.py")) > 0)
