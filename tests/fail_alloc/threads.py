# Threads, locks, a queue. What a thread raises is printed by threading.excepthook.
import queue
import threading

results = []
lock = threading.Lock()
q = queue.Queue()


def work(k):
    total = 0
    for i in range(20):
        with lock:
            results.append((k, i))
        total += i
    q.put((k, total))


threads = [threading.Thread(target=work, args=(k,)) for k in range(3)]
for t in threads:
    t.start()
for t in threads:
    t.join()
got = []
while not q.empty():
    got.append(q.get())
local = threading.local()
local.x = 5
print(sorted(got), len(results), local.x)
