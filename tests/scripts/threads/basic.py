# Threads begin, end, are joined; exceptions in them; thread-local data.
import _thread
import sys
import threading
import time


def attempt(f, *args, **kwargs):
    try:
        return f(*args, **kwargs)
    except Exception as e:
        return type(e).__name__, str(e)


for args in [(1, 2), (print, 2), (print, (), 3)]:
    print(attempt(_thread.start_new_thread, *args))
print(attempt(_thread.stack_size, 1), attempt(_thread.stack_size, -1), attempt(_thread.stack_size, "x"))
print(_thread.stack_size(), _thread.stack_size(262144), _thread.stack_size(0), _thread.stack_size())

idents = []


def note(a, b=0):
    idents.append((a, b, threading.get_ident() == threading.current_thread().ident))


ts = [threading.Thread(target=note, args=(i,), kwargs={"b": i * i}) for i in range(5)]
for t in ts:
    t.start()
for t in ts:
    t.join()
print(sorted(idents), [t.is_alive() for t in ts], threading.active_count())
print(threading.current_thread() is threading.main_thread(), threading.main_thread().name)
print(threading.get_native_id() > 0, isinstance(threading.get_ident(), int))

# A join with a timeout.
stop = threading.Event()
t = threading.Thread(target=stop.wait, name="waiter", daemon=True)
t.start()
t.join(0.01)
print(t.is_alive(), t.daemon, t.name)
stop.set()
t.join()
print(t.is_alive())
print(attempt(t.start))
print(attempt(threading.current_thread().join))

# An exception in a thread goes through threading.excepthook.
seen = []
threading.excepthook = lambda args: seen.append((args.exc_type.__name__, str(args.exc_value), args.thread.name))


def fail():
    raise ValueError("in a thread")


def leave():
    sys.exit("unseen")


for f in (fail, leave):
    t = threading.Thread(target=f, name=f.__name__)
    t.start()
    t.join()
print(seen)
threading.excepthook = threading.__excepthook__

# start_new_thread without threading.
done = _thread.allocate_lock()
done.acquire()
results = []


def raw(*args, **kwargs):
    results.append((args, kwargs))
    done.release()


_thread.start_new_thread(raw, (1, 2), {"k": 3})
done.acquire()
print(results)
print(threading._count() if hasattr(threading, "_count") else _thread._count() >= 0)

# Thread-local data.
local = threading.local()
local.x = "main"
found = []


def use_local():
    found.append(hasattr(local, "x"))
    local.x = "other"
    found.append(local.x)
    found.append(sorted(local.__dict__.items()))


t = threading.Thread(target=use_local)
t.start()
t.join()
print(found, local.x, local.__dict__)
print(attempt(getattr, local, "y"), attempt(delattr, local, "y"), attempt(setattr, local, "__dict__", 3))
print(attempt(threading.local, 1))
del local.x
print(attempt(getattr, local, "x"))


class Mine(threading.local):
    kind = "class attribute"

    def __init__(self, start, *, step=1):
        self.n = start
        self.step = step

    def next(self):
        self.n += self.step
        return self.n

    @property
    def twice(self):
        return 2 * self.n


mine = Mine(10, step=5)
print(mine.next(), mine.next(), mine.kind, mine.twice)
found = []
t = threading.Thread(target=lambda: found.extend([mine.next(), mine.kind, mine.twice]))
t.start()
t.join()
print(found, mine.next())


class Fails(threading.local):
    def __init__(self):
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("not here")


fails = Fails()
found = []
t = threading.Thread(target=lambda: found.append(attempt(getattr, fails, "x")))
t.start()
t.join()
print(found)


# A thread's values go when it ends.
class Noisy:
    def __del__(self):
        gone.append(1)


gone = []


def keep():
    local.noisy = Noisy()


for _ in range(3):
    t = threading.Thread(target=keep)
    t.start()
    t.join()
for _ in range(6000):
    if len(gone) == 3:
        break
    time.sleep(0.01)
print(len(gone))
