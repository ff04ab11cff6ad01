# Text made in many ways. What fails must leave the variables as they were.
def grow(parts):
    s = "start"
    try:
        for p in parts:
            s += p
            s += str(len(s))
    except MemoryError:
        s.upper()
        raise
    return s


t = ""
try:
    for i in range(20):
        t += "é%d" % i
except MemoryError:
    t.upper()
    raise
print(len(t), grow(["ab", "ü", "\u20ac", "\U0001f600"] * 3))
print("{:>10}|{!r}|{:.3f}".format("x", "y'", 1.5), f"{t[:4]:_<9}", "-".join(str(i) for i in range(12)))
print("a,b,,c".split(","), "x y".title(), "ß".upper(), b"ab\xff".decode("latin-1").encode("utf-8"))
print("%s %r %5d %x" % ("s", ["q"], 42, 255), repr("a\n\u1234"), "abc".replace("b", "bbb").center(20, "*"))
