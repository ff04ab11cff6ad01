# Conditions, events, semaphores, barriers, timers, queues.
import queue
import threading
import time

condition = threading.Condition()
items = []


def consume(n):
    for _ in range(n):
        with condition:
            while not items:
                condition.wait()
            taken.append(items.pop(0))


taken = []
consumers = [threading.Thread(target=consume, args=(50,)) for _ in range(2)]
for t in consumers:
    t.start()
for i in range(100):
    with condition:
        items.append(i)
        condition.notify()
for t in consumers:
    t.join()
print(sorted(taken) == list(range(100)))
with condition:
    print(condition.wait(timeout=0.01), condition.wait_for(lambda: False, timeout=0.01))
try:
    condition.notify()
except RuntimeError as e:
    print(e)

event = threading.Event()
print(event.is_set(), event.wait(0.01))
threading.Timer(0.01, event.set).start()
print(event.wait(10), event.is_set())
event.clear()
print(event.is_set())

semaphore = threading.BoundedSemaphore(2)
print(semaphore.acquire(), semaphore.acquire(), semaphore.acquire(blocking=False), semaphore.acquire(timeout=0.01))
semaphore.release()
semaphore.release()
try:
    semaphore.release()
except ValueError as e:
    print(e)

barrier = threading.Barrier(3)
order = []


def meet():
    order.append("before")
    barrier.wait()
    order.append("after")


ts = [threading.Thread(target=meet) for _ in range(3)]
for t in ts:
    t.start()
for t in ts:
    t.join()
print(order)
try:
    threading.Barrier(2).wait(timeout=0.01)
except threading.BrokenBarrierError:
    print("broken")

timer = threading.Timer(60, print, ["never"])
timer.start()
timer.cancel()
timer.join()
print("cancelled")

q = queue.Queue(maxsize=5)
received = []


def take():
    while True:
        item = q.get()
        if item is None:
            break
        received.append(item)
        q.task_done()


t = threading.Thread(target=take)
t.start()
for i in range(200):
    q.put(i)
q.put(None)
t.join()
print(received == list(range(200)))
try:
    q.get(timeout=0.01)
except queue.Empty:
    print("empty")
simple = queue.SimpleQueue()
threading.Timer(0.01, simple.put, ["late"]).start()
print(simple.get(), simple.empty())
lifo, priority = queue.LifoQueue(), queue.PriorityQueue()
for i in (3, 1, 2):
    lifo.put(i)
    priority.put(i)
print([lifo.get() for _ in range(3)], [priority.get() for _ in range(3)])



def sleep_together():
    start = time.monotonic()
    ts = [threading.Thread(target=time.sleep, args=(0.1,)) for _ in range(10)]
    for t in ts:
        t.start()
    for t in ts:
        t.join()
    return time.monotonic() - start


# One after the other they need a second each time; on a busy machine so do they together, but not each time.
print(any(sleep_together() < 0.9 for _ in range(20)))
