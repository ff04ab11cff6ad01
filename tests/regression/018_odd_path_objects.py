# Path objects whose __fspath__ gives no path, gives itself, or fails: never taken for a name.
import io
import os
import subprocess


class Path:
    def __init__(self, path):
        self.path = path

    def __fspath__(self):
        if isinstance(self.path, BaseException):
            raise self.path
        return self if self.path is Ellipsis else self.path


calls = [lambda p: compile("1", p, "eval").co_filename, lambda p: open(p).close(), lambda p: io.FileIO(p).close(), os.fspath,
         lambda p: os.stat(p) and None, lambda p: subprocess.run(["/bin/true", p]).returncode]
for call in calls:
    for path in (Path("/dev/null"), Path(b"/dev/null"), Path(5), Path([]), Path(None), Path(...), Path(FloatingPointError("x")),
                 Path("a\0b"), Path(b"a\0b"), 1.5, []):
        try:
            print(call(path))
        except Exception as e:
            print(type(e).__name__, e)
print(compile("1", b"\xff", "eval").co_filename.encode("utf-8", "surrogateescape"))
