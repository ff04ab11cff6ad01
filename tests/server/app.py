"""The application of suite.py in Python: answers as tests/server/server_echo.c does, and more."""
import _thread
import sys
import time

TEXT = {"Content-Type": "text/plain; charset=utf-8"}
kept = []
counter = 0



def background():
    while True:
        time.sleep(0.05)


# So that signals may come on a thread of the script's.
_thread.start_new_thread(background, ())


class Evil:
    def __len__(self):
        raise ValueError("no length")


def recurse(n):
    return recurse(n + 1) + 1


def echo(request):
    lines = ["method=" + request.method, "path=" + request.path, "raw_path=" + request.raw_path,
             "query=" + request.query, "host=" + request.host, "version=" + request.version,
             "remote=" + request.remote, "headers=%d" % len(request.headers)]
    for name, value in request.headers.items():
        lines.append(name + ": " + value)
    text = "\n".join(lines) + "\nbody="
    return 200, TEXT, text.encode() + request.body


def python_cases(request, name):
    global counter
    if name == "raise":
        raise ValueError("as asked")
    if name == "raise_long":
        return {}["missing"]
    if name == "exit":
        raise SystemExit(3)
    if name == "interrupt":
        raise KeyboardInterrupt
    if name == "none":
        return None
    if name == "int":
        return 42
    if name == "object":
        return Evil()
    if name == "pair":
        return 200, "text"
    if name == "bool_status":
        return True, {}, "x"
    if name == "str_status":
        return "200", {}, "x"
    if name == "big_status":
        return 10 ** 30, {}, "x"
    if name == "bad_headers":
        return 200, 5, "x"
    if name == "bad_header_value":
        return 200, {"X": None}, "x"
    if name == "header_injection":
        return 200, {"X": "a\r\nSet-Cookie: evil"}, "x"
    if name == "many_headers":
        return 200, {"X%d" % i: "y" for i in range(200)}, "x"
    if name == "unserializable":
        return {"x": object()}
    if name == "nan":
        return {"x": float("nan")}
    if name == "cyclic":
        x = []
        x.append(x)
        return x
    if name == "surrogate":
        return "\ud800"
    if name == "recursion":
        return str(recurse(0))
    if name == "memory":
        x = [0]
        while True:
            x = x + x
    if name == "json_too_large":
        return [["x" * 1000000] * 1000]
    if name == "length_of_205":
        return 205, {"Content-Length": "6"}, "status"
    if name == "text":
        return "grüße €\U0001f600"
    if name == "bytes":
        return b"\x00\xff"
    if name == "bytearray":
        return bytearray(b"abc") * 20000
    if name == "dict":
        return {"a": [1, 2.5, 0.1, None, True, "ü\n\"", -5, 10 ** 30], "b": {"c": ()}, 1: {}}
    if name == "list":
        return [1, [2, [3]]]
    if name == "large_list":
        return list(range(20000))
    if name == "header_pairs":
        return 201, [("X-A", "1"), ("X-B", 2), (b"X-C", b"3")], {"made": True}
    if name == "header_lists":
        return 200, {"Set-Cookie": ["a=1", "b=2"]}, "x"
    if name == "no_body":
        return 204, None, None
    if name == "own_type":
        return 200, {"content-type": "text/html"}, "<p>"
    if name == "json":
        return {"got": request.json()}
    if name == "json_type":
        return type(request.json()).__name__
    if name == "params":
        return request.params
    if name == "headers":
        h = request.headers
        return {"a": h["X-A"], "b": h.get("x-b"), "c": h.get("X-C", "none"), "in": "x-a" in h, "out": "zz" in h,
                "names": list(h), "dict": dict(h), "len": len(h), "repr": repr(request)}
    if name == "headers_missing":
        return request.headers["no-such-header"]
    if name == "keep":
        kept.append(request)
        return "kept %d" % len(kept)
    if name == "kept":
        r = kept.pop()
        return {"method": r.method, "path": r.path, "query": r.query, "body": r.body.decode(), "x": r.headers["X"],
                "remote": r.remote}
    if name == "count":
        counter += 1
        return str(counter)
    return 404, {}, "no such case"


def handle(request):
    path = request.path
    if path == "/" or path == "*":
        return 200, TEXT, "Hello, World!"
    if path == "/echo" and request.raw_path == path:
        return echo(request)
    if path == "/json":
        return {"message": "Hello, World!"}
    if path == "/length":
        return str(len(request.body))
    if path == "/close":
        return 200, {"Connection": "close"}, "bye"
    parts = path.split("/")
    if len(parts) == 3:
        kind, what = parts[1], parts[2]
        if kind == "python":
            return python_cases(request, what)
        if kind == "bad":
            return {"status": (99, {}, "x"), "header": (200, {"X-Evil": "a\r\nSet-Cookie: b"}, ""),
                    "name": (200, {"X Evil": "a"}, ""), "length": (200, {"Content-Length": "7"}, "123456789")}[what]
        if kind == "status":
            return int(what), TEXT, "status"
        if kind == "bytes" or kind == "keep":
            return b"x" * int(what)
        if kind == "sleep":
            time.sleep(int(what) / 1000)
            return "slept"
        if kind == "nap":  # tells the test that it has begun
            sys.stderr.write("napping\n")
            time.sleep(int(what) / 1000)
            return "slept"
        if kind == "spin":
            end = time.monotonic() + int(what) / 1000
            while time.monotonic() < end:
                pass
            return "spun"
    return 404, TEXT, "not found"
