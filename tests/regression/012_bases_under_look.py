# Threads give a class other bases while others make and look at its subclasses.
import threading
import time


class A:
    pass


class B:
    def b(self):
        return 1


class C(A):
    pass


class D(C, B):
    pass


stop = False
failures = []


def change(first, second):
    while not stop:
        C.__bases__ = first
        C.__bases__ = second


def look():
    thing = C()
    while not stop:
        try:
            one = type("E", (C,), {})
            two = type("F", (C, B), {"x": 1})
            assert one.__mro__[:2] == (one, C) and two.__mro__[0] is two, (one.__mro__, two.__mro__)
            assert issubclass(D, C) and D().b() == 1 and isinstance(thing, C)
            dir(two), thing.__reduce_ex__(2)
            thing.__class__ = one
            thing.__class__ = C
        except AssertionError as e:
            failures.append(e)
            return


threads = [threading.Thread(target=change, args=((A,), (A,))), threading.Thread(target=change, args=((A,), (A,))),
           threading.Thread(target=look), threading.Thread(target=look)]
for t in threads:
    t.start()
time.sleep(0.8)
stop = True
for t in threads:
    t.join()
print(failures)
