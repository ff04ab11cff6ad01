# Signal handlers run in the main thread and end its waits.
import _thread
import os
import signal
import threading
import time

seen = []


def handler(number, frame):
    seen.append((number, threading.current_thread() is threading.main_thread(), frame is not None))


def attempt(f, *args):
    try:
        return f(*args)
    except BaseException as e:
        return type(e).__name__, str(e)


def wait_for(count):
    for _ in range(6000):
        if len(seen) >= count:
            break
        time.sleep(0.01)


print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
print(signal.getsignal(signal.SIGUSR1), signal.getsignal(signal.SIGPIPE))
old = signal.signal(signal.SIGUSR1, handler)
print(old, signal.getsignal(signal.SIGUSR1) is handler)
os.kill(os.getpid(), signal.SIGUSR1)
wait_for(1)
print(seen)
signal.raise_signal(signal.SIGUSR1)
print(len(seen))

# A signal ends neither a sleep nor a wait for a lock, but is served meanwhile.
def with_signal(wait):
    """What the wait returns, how long it took, and whether the signal came in it."""
    before = len(seen)
    timer = threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGUSR1))
    timer.start()
    start = time.monotonic()
    result = wait()
    end, served = time.monotonic(), len(seen) - before
    timer.join()
    wait_for(before + 1)
    return result, end - start >= 0.1, served


def first_with_signal(wait):
    for _ in range(100):  # on a busy machine the timer may be late
        result = with_signal(wait)
        if result[2]:
            break
    return result


print(first_with_signal(lambda: time.sleep(0.1)))
lock = threading.Lock()
lock.acquire()
print(first_with_signal(lambda: lock.acquire(timeout=0.1)))


class Stop(Exception):
    pass


def stop(number, frame):
    raise Stop


signal.signal(signal.SIGUSR1, stop)
for wait in (lambda: time.sleep(60), lock.acquire, threading.Event().wait):
    timer = threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGUSR1))
    print(attempt(lambda: (timer.start(), wait()))[0])
    timer.join()
print(attempt(signal.raise_signal, signal.SIGINT)[0])


def spin():
    _thread.interrupt_main()
    for _ in range(10000):
        pass


print(attempt(spin)[0])

print(attempt(signal.signal, 99, handler), attempt(signal.signal, signal.SIGUSR1, "x"))
print(attempt(signal.getsignal, 0))
result = []
t = threading.Thread(target=lambda: result.append(attempt(signal.signal, signal.SIGUSR1, handler)))
t.start()
t.join()
print(result)
signal.signal(signal.SIGALRM, handler)
before = len(seen)
signal.setitimer(signal.ITIMER_REAL, 0.02)
wait_for(before + 1)
print(seen[-1][0] == signal.SIGALRM, signal.getitimer(signal.ITIMER_REAL))
print(signal.strsignal(signal.SIGTERM), signal.Signals(15).name)
print(signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2]))
os.kill(os.getpid(), signal.SIGUSR2)
print(signal.sigpending(), signal.sigwait([signal.SIGUSR2]))
