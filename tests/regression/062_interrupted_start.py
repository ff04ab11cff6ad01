# Interrupts that come just as a wait ends: the condition's lock is taken back, and the caller sees KeyboardInterrupt.
import _thread
import threading

seen = []
for i in range(200):
    try:
        t = threading.Thread(target=_thread.interrupt_main)
        t.start()
        t.join()
        for _ in range(1000):
            pass
    except KeyboardInterrupt:
        seen.append("KeyboardInterrupt")
    except BaseException as e:
        seen.append(repr(e))
    t.join()
print(len(seen), set(seen))
