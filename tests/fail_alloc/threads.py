# Threads, locks, a deque. (threading's Thread.start would wait for ever for a thread that could not even begin.)
import _thread
from collections import deque

results = []
lock = _thread.allocate_lock()
q = deque()
ends = [_thread.allocate_lock() for k in range(3)]


def work(k):
    try:
        total = 0
        for i in range(20):
            with lock:
                results.append((k, str(i)))
            total += i
        q.append((k, total))
    finally:
        ends[k].release()


for k in range(3):
    ends[k].acquire()
    _thread.start_new_thread(work, (k,))
for end in ends:
    end.acquire(True, 5)
local = _thread._local()
local.x = [5]
print(sorted(q), len(results), local.x)
