"""A CPU-heavy endpoint: a tile of the Mandelbrot set as a BMP picture.

    adder serve examples/mandelbrot.py --threads 2
    curl -o tile.bmp 'http://127.0.0.1:8080/?x=-0.6&y=0&size=128&width=3'
"""

ITERATIONS = 60
PALETTE = [bytes((255 - i * 255 // ITERATIONS, i * 160 // ITERATIONS, i * 255 // ITERATIONS)) for i in range(ITERATIONS)]
BLACK = b"\0\0\0"


def steps(cx, cy):
    """How many steps until the point escapes, or ITERATIONS."""
    x = y = 0.0
    for i in range(ITERATIONS):
        xx = x * x
        yy = y * y
        if xx + yy > 4.0:
            return i
        y = 2.0 * x * y + cy
        x = xx - yy + cx
    return ITERATIONS


def bmp(size, rows):
    """A 24-bit bitmap; rows from the bottom up, each padded to four bytes."""
    data = b"".join(rows)
    header = b"BM" + (54 + len(data)).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little")
    info = (40).to_bytes(4, "little") + size.to_bytes(4, "little") + size.to_bytes(4, "little")
    info += (1).to_bytes(2, "little") + (24).to_bytes(2, "little") + bytes(4) + len(data).to_bytes(4, "little") + bytes(16)
    return header + info + data


def tile(x, y, width, size):
    rows = []
    padding = bytes(-3 * size % 4)
    for j in range(size):
        cy = y - width / 2 + width * j / size
        row = []
        for i in range(size):
            n = steps(x - width / 2 + width * i / size, cy)
            row.append(BLACK if n == ITERATIONS else PALETTE[n])
        rows.append(b"".join(row) + padding)
    return bmp(size, rows)


def parameters(query):
    values = {"x": -0.6, "y": 0.0, "width": 3.0, "size": 64.0}
    for part in query.split("&"):
        key, _, value = part.partition("=")
        if key in values:
            values[key] = float(value)
    return values


def handle(request):
    try:
        p = parameters(request.query)
    except ValueError as e:
        return 400, {}, f"not a number: {e}\n"
    size = max(1, min(512, int(p["size"])))
    return 200, {"Content-Type": "image/bmp"}, tile(p["x"], p["y"], p["width"], size)
