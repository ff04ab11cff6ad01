# What names hold at the end is finalized while all names are there.
import os
import threading


class Late:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print(self.name, helper(self.name), os.path.basename("a/b"), type(data).__name__, data.value, _private,
              threading.current_thread() is threading.main_thread())


class Cycle(Late):
    def __init__(self, name):
        super().__init__(name)
        self.me = self


class Revived(Late):
    def __del__(self):
        global kept
        kept = self
        print("once", helper("x"))


class Failing:
    def __del__(self):
        try:
            1 / zero
        except ZeroDivisionError as e:
            print(e)


def helper(text):
    return text.upper()


_private = 5
zero = 0
data = threading.local()
data.value = "here"
late = Late("late")
cycle = Cycle("cycle")
revived = Revived("revived")
failing = Failing()
print("end")
