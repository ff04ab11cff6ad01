"""Compares the parser with CPython 3.11: trees of files, errors of snippets.

usage: python3.11 compare_ast.py TOOL [--errors FILE] [--mutate N] [PATH ...]

TOOL is the program built from ast_tool.c. Trees of all .py files under PATH must be equal, positions
included; files that use what Adder refuses (match, except*) must be refused by name.
--errors compares the messages and places of the snippets in FILE (one per line, backslash escapes);
--mutate damages each file N times and compares accept/refuse and messages.
"""
import ast
import os
import random
import re
import struct
import subprocess
import sys
import warnings

warnings.simplefilter("ignore")
REFUSED = re.compile("not supported by this version of Adder")


class Tool:
    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def parse(self, source, mode="e", flags=0):
        pipe = self.process.stdin
        pipe.write(b"%s %d %d\n" % (mode.encode(), flags, len(source)) + source)
        pipe.flush()
        size = self.process.stdout.readline()
        if not size:
            raise SystemExit("the tool died with %r on %r" % (self.process.wait(), source))
        return self.process.stdout.read(int(size))


def text(s):
    data = s if isinstance(s, bytes) else s.encode("utf-8", "surrogatepass")
    return "'" + "".join(
        chr(c) if 0x20 <= c <= 0x7E and c not in b"'\\" else "\\x%02x" % c for c in data) + "'"


def constant(value):
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bytes):
        return "b" + text(value)
    if isinstance(value, float):
        return "float(%016x)" % struct.unpack("<Q", struct.pack("<d", value))
    if isinstance(value, complex):
        return "imaginary(%016x)" % struct.unpack("<Q", struct.pack("<d", value.imag))
    return repr(value)


def dump(node, out):
    if isinstance(node, list):
        out.append("[")
        for i, item in enumerate(node):
            if i:
                out.append(", ")
            dump(item, out)
        out.append("]")
        return
    if isinstance(node, ast.AST):
        name = type(node).__name__
        out.append(name + "(")
        first = True
        if name in ("Lambda", "Slice", "Raise", "Try", "Import", "ImportFrom", "ExceptHandler"):
            out.append("_")
            first = False
        for field in node._fields:
            if field in ("ctx", "type_comment", "type_ignores"):
                continue
            value = getattr(node, field, None)
            if value is None and not (name == "Constant" and field == "value"):
                continue
            out.append(("" if first else ", ") + field + "=")
            first = False
            if name == "Constant" and field == "value":
                out.append(constant(value))
            else:
                dump(value, out)
        out.append(")")
        if hasattr(node, "lineno"):
            out.append("@%d:%d-%d:%d" % (node.lineno, node.col_offset, node.end_lineno,
                                         node.end_col_offset))
        return
    out.append(text(node) if isinstance(node, (str, bytes)) else repr(node))


def expected_tree(source, mode="exec"):
    out = []
    dump(ast.parse(source, mode=mode) if not isinstance(source, bytes)
         else compile(source, "f", mode, ast.PyCF_ONLY_AST), out)
    return "".join(out)


def readable(result):
    result = result.decode("utf-8", "backslashreplace").rstrip("\n")
    return re.sub(r"big\((\d+),([0-9a-zA-Z]+)\)", lambda m: str(int(m[2], int(m[1]))), result)


def python_files(paths):
    for path in paths:
        if os.path.isfile(path):
            yield path
        for folder, _, names in os.walk(path):
            for name in sorted(names):
                if name.endswith(".py"):
                    yield os.path.join(folder, name)


def compare_file(tool, path):
    source = open(path, "rb").read()
    got = readable(tool.parse(source))
    try:
        tree = compile(source, "f", "exec", ast.PyCF_ONLY_AST)
    except (SyntaxError, ValueError) as e:
        return got.startswith("!"), "CPython refuses: %r\nAdder: %.300s" % (e, got)
    out = []
    dump(tree, out)
    wanted = "".join(out)
    if got == wanted:
        return True, ""
    at = next((i for i, (a, b) in enumerate(zip(got, wanted)) if a != b), min(len(got), len(wanted)))
    return False, "at %d\n  CPython: %s\n  Adder:   %s" % (
        at, wanted[max(0, at - 100):at + 150], got[max(0, at - 100):at + 150])


def expected_error(source, mode):
    try:
        compile(source, "f", mode, ast.PyCF_ONLY_AST)
    except MemoryError:
        return "MemoryError", "", 0, 0, 0, 0, ""
    except SyntaxError as e:
        return (type(e).__name__, e.msg, e.lineno or 0, e.offset or 0, e.end_lineno or 0,
                e.end_offset or 0, (e.text or "").rstrip("\n"))
    except (ValueError, OverflowError, RecursionError) as e:
        return type(e).__name__, str(e), 0, 0, 0, 0, ""
    return None


def actual_error(result):
    if not result.startswith(b"!"):
        return None
    parts = result[1:].decode("utf-8", "replace").split("\t", 7)
    return (parts[0], parts[1], *map(int, parts[2:6]), parts[7].rstrip("\n"))


def compare_error(tool, source, mode="exec"):
    wanted = expected_error(source, mode)
    data = source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass")
    got = actual_error(tool.parse(data, {"exec": "e", "eval": "v", "single": "s"}[mode],
                                  0 if isinstance(source, bytes) else 1))
    if wanted and got and "\n" in wanted[6]:
        # CPython shows, and counts from, the first line of a literal of several lines.
        if wanted[0:3] == got[0:3]:
            wanted = got
    return wanted, got


def mutate(source, rng):
    lines = source.split(b"\n")
    at = rng.randrange(len(lines))
    lines = lines[max(0, at - 12):at + 12]
    source = b"\n".join(lines)
    tokens = [(m.start(), m.end()) for m in re.finditer(rb"\w+|[^\w\s]|\n[ ]*", source)]
    if not tokens:
        return source
    start, end = rng.choice(tokens)
    other = source[slice(*rng.choice(tokens))]
    return rng.choice([
        source[:start] + source[end:],
        source[:start] + other + source[end:],
        source[:start] + other + b" " + source[start:],
        source[:end] + b" " + rng.choice([b"(", b")", b"=", b":", b",", b"*", b"if", b"x", b"'",
                                          b"for", b"{", b"]", b"lambda", b":="]) + source[end:],
    ])


def main(arguments):
    tool = Tool(arguments.pop(0))
    bad = 0
    if arguments[:1] == ["--errors"]:
        for line in open(arguments[1], encoding="utf-8"):
            source = line.rstrip("\n").encode("latin-1", "backslashreplace").decode("unicode_escape")
            wanted, got = compare_error(tool, source + "\n")
            if wanted != got:
                bad += 1
                print("%r\n  CPython: %r\n  Adder:   %r" % (source, wanted, got))
        arguments = arguments[2:]
    mutations = 0
    if arguments[:1] == ["--mutate"]:
        mutations = int(arguments[1])
        arguments = arguments[2:]
    count = 0
    rng = random.Random(int(os.environ.get("SEED", "11")))
    for path in python_files(arguments):
        if mutations:
            original = open(path, "rb").read()
            for _ in range(mutations):
                source = mutate(original, rng)
                try:
                    source = source.decode()
                except UnicodeDecodeError:
                    continue
                wanted, got = compare_error(tool, source)
                count += 1
                if wanted != got and not (got and REFUSED.search(got[1])):
                    bad += 1
                    print("%s\n%s\n  CPython: %r\n  Adder:   %r" % ("-" * 70, source, wanted, got))
            continue
        good, why = compare_file(tool, path)
        count += 1
        if not good:
            bad += 1
            print(path, why)
    print("%d compared, %d different" % (count, bad))
    return bad != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
