"""The application of soak.py: every request makes and drops another kind of garbage."""
import _thread
import collections
import functools
import itertools
import json
import threading
import weakref

numbers = itertools.count()
recent = collections.deque(maxlen=500)
scores = {}
scores_lock = threading.Lock()


class Node:
    def __init__(self, name):
        self.name = name
        self.other = None
        self.children = []


class Account:
    __slots__ = ("owner", "balance")

    def __init__(self, owner, balance):
        self.owner = owner
        self.balance = balance


@functools.lru_cache(maxsize=200)
def digits(n):
    return str(3 ** n)


def cycles(n):
    nodes = [Node("node %d" % i) for i in range(30)]
    for a, b in zip(nodes, nodes[1:] + nodes[:1]):
        a.other = b
        b.children.append(a)
    watch = weakref.ref(nodes[n % 30])
    return {"alive": watch() is not None}


def shared_state(n):
    with scores_lock:
        scores["player %d" % (n % 1000)] = n
        if len(scores) > 800:
            for key in list(scores)[:300]:
                del scores[key]
        recent.append((n, "request %d" % n))
        return {"last": [name for _, name in itertools.islice(recent, 5)]}


def errors(n):
    caught = []
    for i in range(5):
        try:
            try:
                {}["missing %d" % n]
            except KeyError as e:
                raise ValueError("in %d" % i) from e
        except ValueError as e:
            caught.append(str(e) + str(e.__cause__))
    return caught


def text(n):
    words = [f"word{n + i:x}" for i in range(50)]
    joined = " ".join(words).upper()
    return {"text": joined.replace("WORD", "é☃"), "size": len(joined.encode()), "digits": digits(n % 1000)[:20]}


def documents(n):
    document = {"id": n, "items": [{"price": i * 1.25, "tags": ["a", "b", str(i)]} for i in range(20)]}
    return json.loads(json.dumps(document))


def code(n):
    names = {}
    exec("class Made:\n    value = %d\n    def get(self):\n        return self.value\nresult = Made().get()" % n, names)
    return {"result": names["result"], "sum": eval("sum(x * %d for x in range(10))" % (n % 7))}


def generators(n):
    def squares(limit):
        for i in range(limit):
            yield i * i

    def both(limit):
        yield from squares(limit)
        yield from (Account("o%d" % i, i).balance for i in range(limit))

    kept = both(40)
    first = next(kept)
    return {"first": first, "sum": sum(both(40))}


def threads(n):
    if n % 200:
        return "no thread this time"
    done = threading.Event()
    answer = []

    def work():
        answer.extend(sorted(str(i) for i in range(200)))
        done.set()

    threading.Thread(target=work).start()
    done.wait(5)
    return {"sorted": len(answer)}


def big(n):
    return "x" * (n % 40 * 4096)


KINDS = [cycles, shared_state, errors, text, documents, code, generators, threads, big]


def handle(request):
    n = next(numbers)
    if request.path == "/error" :
        raise RuntimeError("asked for")
    if request.method == "POST":
        return {"received": len(request.body), "thread": _thread.get_ident() != 0}
    return KINDS[n % len(KINDS)](n)
