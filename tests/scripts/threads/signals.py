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


print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
print(signal.getsignal(signal.SIGUSR1), signal.getsignal(signal.SIGPIPE))
old = signal.signal(signal.SIGUSR1, handler)
print(old, signal.getsignal(signal.SIGUSR1) is handler)
os.kill(os.getpid(), signal.SIGUSR1)
for _ in range(1000):
    if seen:
        break
print(seen)
signal.raise_signal(signal.SIGUSR1)
print(len(seen))

# A signal ends neither a sleep nor a wait for a lock, but is served meanwhile.
threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGUSR1)).start()
start = time.monotonic()
time.sleep(0.1)
print(time.monotonic() - start >= 0.1, len(seen))
lock = threading.Lock()
lock.acquire()
threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGUSR1)).start()
print(lock.acquire(timeout=0.1), len(seen))


class Stop(Exception):
    pass


def stop(number, frame):
    raise Stop


signal.signal(signal.SIGUSR1, stop)
for wait in (lambda: time.sleep(60), lock.acquire, threading.Event().wait):
    threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGUSR1)).start()
    print(attempt(wait)[0])
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
signal.setitimer(signal.ITIMER_REAL, 0.02)
time.sleep(0.1)
print(seen[-1][0] == signal.SIGALRM, signal.getitimer(signal.ITIMER_REAL))
print(signal.strsignal(signal.SIGTERM), signal.Signals(15).name)
print(signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2]))
os.kill(os.getpid(), signal.SIGUSR2)
print(signal.sigpending(), signal.sigwait([signal.SIGUSR2]))
