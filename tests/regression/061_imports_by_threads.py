# Threads that import at the same moment: importlib, which walks over sys.modules as it is loaded, and modules that
# need each other's. Nobody sees a module half made, nor a parent without its submodule.
import threading

NAMES = "string textwrap shlex glob random statistics fractions decimal calendar difflib pprint copy xml.dom xml.sax"
problems = []
barrier = threading.Barrier(4)


def work(k):
    barrier.wait()
    try:
        if k == 0:
            import importlib
        for name in NAMES.split()[k::3]:
            module = __import__(name)
            if "." in name:
                getattr(module, name.split(".")[1])
    except BaseException as e:
        problems.append(repr(e))


threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(problems)
