"""A JSON API whose state lives in the process: all threads share one heap, so there is no cache beside it.

    adder serve examples/api.py --threads 4

    GET    /               what there is
    POST   /items          {"name": …, "score": …}   create; answers the item with its id
    GET    /items          all of them
    GET    /items/ID       one
    PUT    /items/ID       change name or score
    DELETE /items/ID       remove
    GET    /top?n=3        the n best scores
    GET    /mandelbrot     a picture that takes a while to compute (see mandelbrot.py)
"""
import heapq
import itertools
import threading

import mandelbrot

ITEMS = {}
IDS = itertools.count(1)
LOCK = threading.Lock()
CREATED = 0

HELP = {"try": ["POST /items", "GET /items", "GET /items/1", "PUT /items/1", "DELETE /items/1", "GET /top?n=3",
                "GET /mandelbrot"]}


def error(status, message):
    return status, {"Content-Type": "application/json"}, {"error": message}


def query_number(request, name, otherwise):
    for part in request.query.split("&"):
        key, _, value = part.partition("=")
        if key == name and value.isdigit():
            return int(value)
    return otherwise


def checked(data):
    """The item's fields, or None with what is wrong."""
    if not isinstance(data, dict):
        return None, "an object is expected"
    name = data.get("name")
    score = data.get("score", 0)
    if not isinstance(name, str) or not name:
        return None, "name must be a text"
    if isinstance(score, bool) or not isinstance(score, (int, float)):
        return None, "score must be a number"
    return {"name": name, "score": score}, None


def create(request):
    global CREATED
    try:
        fields, problem = checked(request.json())
    except ValueError as e:
        return error(400, f"no JSON: {e}")
    if problem:
        return error(422, problem)
    fields["id"] = next(IDS)
    with LOCK:
        ITEMS[fields["id"]] = fields
        CREATED += 1
    return 201, {"Location": f"/items/{fields['id']}"}, fields


def change(request, item):
    try:
        fields, problem = checked({**item, **request.json()})
    except (ValueError, TypeError) as e:
        return error(400, f"no JSON object: {e}")
    if problem:
        return error(422, problem)
    fields["id"] = item["id"]
    with LOCK:
        if item["id"] not in ITEMS:
            return error(404, "it has just been removed")
        ITEMS[item["id"]] = fields
    return fields


def one(request, text):
    item = ITEMS.get(int(text)) if text.isdigit() else None
    if item is None:
        return error(404, f"no item {text}")
    if request.method in ("GET", "HEAD"):
        return item
    if request.method == "PUT":
        return change(request, item)
    if request.method == "DELETE":
        with LOCK:
            ITEMS.pop(item["id"], None)
        return 204, {}, b""
    return error(405, "GET, PUT or DELETE")


def handle(request):
    path = request.path
    if path == "/":
        return {**HELP, "items": len(ITEMS), "created": CREATED}
    if path == "/items":
        if request.method == "POST":
            return create(request)
        return list(ITEMS.values())
    if path.startswith("/items/"):
        return one(request, path[len("/items/"):])
    if path == "/top":
        n = query_number(request, "n", 3)
        return heapq.nlargest(n, list(ITEMS.values()), key=lambda item: item["score"])
    if path == "/mandelbrot":
        return mandelbrot.handle(request)
    return error(404, f"nothing at {path}")
