# An interrupt that comes with the lock is raised by acquire() itself, not by what follows it: threading.Condition
# relies on that to take its lock back.
import _thread

interrupts = 0
ran_on = 0
lock, done = _thread.allocate_lock(), _thread.allocate_lock()


def interrupt():
    _thread.interrupt_main()
    lock.release()
    done.release()


for i in range(200):
    lock.acquire()
    done.acquire()
    try:
        _thread.start_new_thread(interrupt, ())
        lock.acquire()
        ran_on += 1
        for _ in range(1000):
            pass
    except KeyboardInterrupt:
        interrupts += 1
    done.acquire()
    done.release()
    lock.acquire(False)
    lock.release()
print(interrupts, ran_on)
