# What stands in for sys.stdout is finalized with its names; a finalizer that prints later finds the real one.
import sys


class Wrapper:
    def __init__(self, file):
        self.file, self.is_open = file, True

    def write(self, text):
        return self.file.write(text) if self.is_open else None

    def flush(self):
        self.file.flush()

    def __del__(self):
        self.is_open = False


class Late:
    def __del__(self):
        print("late finalizer speaks")


wrapper = Wrapper(sys.stdout)
sys.stdout = wrapper
late = Late()
