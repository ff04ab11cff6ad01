# _thread.lock and _thread.RLock: acquire, timeouts, errors, ownership.
import _thread
import threading
import time
import weakref


def attempt(f, *args, **kwargs):
    try:
        return f(*args, **kwargs)
    except Exception as e:
        return type(e).__name__, str(e)


lock = _thread.allocate_lock()
print(lock.acquire(), lock.locked(), lock.acquire(False), lock.acquire(blocking=False))
print(attempt(lock.acquire, True, 0.01))
for args in [("x",), (True, -5), (False, 5), (True, 1e300), (True, float("nan")), (True, "x"), ([],), (None,)]:
    print(args, attempt(lock.acquire, *args))
lock.release()
print(lock.locked(), attempt(lock.release))
print(attempt(_thread.LockType))
print(repr(lock).split(" at ")[0], type(lock).__name__, type(lock) is _thread.LockType)
with lock as got:
    print(got, lock.locked())
try:
    with lock:
        raise KeyError("x")
except KeyError:
    print("unlocked:", not lock.locked())
r = weakref.ref(lock)
print(r() is lock)

rlock = threading.RLock()
print(repr(rlock).split(" at ")[0])
print(rlock.acquire(), rlock.acquire(), rlock._is_owned())
print("count=2" in repr(rlock), repr(rlock).startswith("<locked _thread.RLock object owner="))
rlock.release()
rlock.release()
print(rlock._is_owned(), attempt(rlock.release))


def other():
    result.append(rlock.acquire(False))
    result.append(rlock.acquire(timeout=0.02))
    result.append(attempt(rlock.release))


result = []
with rlock:
    t = threading.Thread(target=other)
    t.start()
    t.join()
print(result)
saved = (rlock.acquire(), rlock.acquire(), rlock._release_save())[2]
print(saved[0], saved[1] == threading.get_ident(), rlock._is_owned())
rlock._acquire_restore(saved)
print(rlock._is_owned())
rlock.release()
rlock.release()

# A lock released by another thread.
lock.acquire()
threading.Timer(0.02, lock.release).start()
start = time.monotonic()
print(lock.acquire(timeout=10), time.monotonic() - start < 5)
print(_thread.TIMEOUT_MAX, attempt(lock.acquire, True, _thread.TIMEOUT_MAX * 2))

# Many threads, one counter.
counter = 0
lock.release()


def count():
    global counter
    for _ in range(5000):
        with lock:
            counter += 1


threads = [threading.Thread(target=count) for _ in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(counter)
