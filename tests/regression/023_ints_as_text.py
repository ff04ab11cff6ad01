# Without a specification an int is formatted as str() shows it, also where a subclass says how.
import enum
import select


class Named(int):
    def __str__(self):
        return "named"


class Shown(int):
    def __repr__(self):
        return "shown"


class Color(enum.IntEnum):
    RED = 1

    def __str__(self):
        return self.name


class Plain(enum.IntEnum):
    ONE = 1


class Flag(enum.IntFlag):
    A = 1
    B = 2


for x in (Named(5), Shown(5), Color.RED, Plain.ONE, Flag.A | Flag.B, True, 10 ** 30, -3):
    print(format(x), format(x, ""), f"{x}", "{}".format(x), f"{x:d}", f"{x:>5}", "%s" % x, str(x), "%d" % x)

p = select.poll()
for mask in (-1, 1 << 16, 1 << 64, 0, 65535):
    try:
        print(p.register(0, mask))
    except (ValueError, OverflowError) as e:
        print(type(e).__name__)
