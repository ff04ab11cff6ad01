# Many threads read, write, add and delete attributes of shared objects and classes.
import threading


class Box:
    shared = 0

    def __init__(self, v):
        self.v = v
        self.w = v

    def get(self):
        return self.v

    @property
    def p(self):
        return self.w


class Slots:
    __slots__ = ("a", "b")


errors = []
N = 300


def guarded(f):
    def run():
        try:
            f()
        except Exception as e:
            errors.append(f"{f.__name__}: {type(e).__name__}: {e}")
    return run


box = Box(1)
slots = Slots()
slots.a = slots.b = 1
many = [Box(i) for i in range(8)]


def read():
    for i in range(N):
        assert isinstance(box.get(), int) and isinstance(box.p, int)
        assert isinstance(slots.a, int)
        for m in many:
            assert isinstance(m.v, int)
            getattr(m, "extra", None)
            hasattr(m, "name%d" % (i % 50))


def write():
    for i in range(N):
        box.v = i
        box.w = i
        slots.a = i
        Box.shared = i
        for m in many:
            m.v = i
            m.extra = [i]


def grow():
    for i in range(N):
        for m in many:
            setattr(m, "name%d" % (i % 50), i)


def shrink():
    for i in range(N):
        for m in many:
            try:
                del m.extra
            except AttributeError:
                pass


def ask_dict():
    for i in range(N // 10):
        for m in many[:4]:
            assert "v" in m.__dict__
            m.__dict__["d%d" % i] = i


def change_class():
    for i in range(N // 10):
        Box.method = lambda self: i
        assert isinstance(box.method(), int) or True
        Box.__len__ = lambda self: 5
        class Local(Box):
            def get(self):
                return super().get()
        assert isinstance(Local(3).get(), int)
        if i % 3 == 0:
            try:
                del Box.__len__
            except AttributeError:
                pass


def raise_errors():
    for i in range(N):
        try:
            box.missing
        except AttributeError as e:
            assert e.name == "missing"
        try:
            raise ValueError(i)
        except ValueError as e:
            assert e.args == (i,)


for round_ in range(3):
    box = Box(1)
    many = [Box(i) for i in range(8)]
    threads = [threading.Thread(target=guarded(f))
               for f in (read, read, write, write, grow, shrink, ask_dict, change_class, raise_errors)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
print(sorted(set(errors)), box.v == N - 1, all(m.v == N - 1 for m in many))
print(all("name%d" % k in m.__dict__ for m in many for k in range(50)))
