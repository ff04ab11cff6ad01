# Several threads release one lock at the same time: each release either takes an acquire back or raises.
import _thread
import threading
import time

lock = _thread.allocate_lock()
stop = False
released = [0] * 4
acquired = [0] * 4


def work(k):
    while not stop:
        acquired[k] += lock.acquire(k == 0 and acquired[0] % 64 == 0, *((0.002,) if k == 0 and acquired[0] % 64 == 0 else ()))
        try:
            lock.release()
            released[k] += 1
        except RuntimeError as e:
            assert str(e) == "release unlocked lock", e


threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
for t in threads:
    t.start()
time.sleep(0.5)
stop = True
for t in threads:
    t.join()
left = lock.locked()
print("every acquire was released once:", sum(acquired) == sum(released) + left)
