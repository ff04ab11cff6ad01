# What a search for the encoding of a source raises is no unknown encoding, unless it is an error of lookup or value.
import codecs

kinds = {"interrupts": KeyboardInterrupt, "memory": MemoryError, "lookup": LookupError, "runtime": RuntimeError,
         "exits": SystemExit, "type": TypeError, "value": ValueError, "syntax": SyntaxError, "import": ImportError}


def search(name):
    if name in kinds:
        raise kinds[name]("from " + name)


def stops(*args):
    raise KeyboardInterrupt


codecs.register(search)
codecs.register(lambda n: codecs.CodecInfo(stops, stops, name=n) if n == "stops" else None)
for n in [*kinds, "stops", "rot13", "nothing"]:
    try:
        compile(b"# coding: %s\n1\n" % n.encode(), "s", "exec")
    except BaseException as e:
        print(n, type(e).__name__, e if n != "stops" else "")
