# All threads make cycles while all collect: everything is found, once.
import gc
import threading
import weakref

gc.collect()
lock = threading.Lock()
finalized = 0


class Node:
    def __del__(self):
        global finalized
        with lock:
            finalized += 1


def work(n, refs):
    for i in range(n):
        a, b = Node(), Node()
        a.other, b.other = b, a
        refs.append(weakref.ref(a))
        if i % 200 == 0:
            gc.collect(i % 3)


lists = [[] for _ in range(4)]
threads = [threading.Thread(target=work, args=(1000, refs)) for refs in lists]
for t in threads:
    t.start()
for t in threads:
    t.join()
gc.collect()
print(finalized, sum(r() is not None for refs in lists for r in refs))

# Objects made by one thread, put into cycles and dropped by another.
box = []


def produce():
    for i in range(2000):
        box.append([Node()])


def consume():
    taken = 0
    while taken < 2000:
        try:
            item = box.pop()
        except IndexError:
            continue
        item.append(item)
        taken += 1


finalized = 0
threads = [threading.Thread(target=produce), threading.Thread(target=consume)]
for t in threads:
    t.start()
for t in threads:
    t.join()
gc.collect()
print(finalized, box)
