import os
import stat


def show(f, *args, **kwargs):
    try:
        print(f.__name__, repr(f(*args, **kwargs)))
    except Exception as e:
        print(f.__name__, type(e).__name__, e)


base = os.path.join(os.environ.get("TMPDIR", "/tmp"), "files")
os.mkdir(base)
os.chdir(base)


def quiet(f, *args, **kwargs):  # without the name that differs from run to run
    try:
        print(f.__name__, repr(f(*args, **kwargs)))
    except OSError as e:
        print(f.__name__, type(e).__name__, e.errno, e.strerror)


print(os.getcwd() == base, os.getcwdb() == base.encode())
print(os.listdir(), os.listdir("."), os.listdir(b"."))

# --- descriptors
fd = os.open("a", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o640)
print(os.write(fd, b"hello world"), os.lseek(fd, 0, os.SEEK_SET), os.read(fd, 5), os.read(fd, 100), os.read(fd, 1))
print(os.pread(fd, 5, 6), os.pwrite(fd, b"W", 6), os.pread(fd, 50, 0), os.write(fd, memoryview(b"!")))
show(os.write, fd, "text")
show(os.read, fd, -1)
os.ftruncate(fd, 5)
print(os.fstat(fd).st_size, stat.S_ISREG(os.fstat(fd).st_mode), oct(os.fstat(fd).st_mode & 0o777))
print(os.get_inheritable(fd), os.set_inheritable(fd, True), os.get_inheritable(fd), os.get_blocking(fd))
second = os.dup(fd)
print(second != fd, os.lseek(second, 0, os.SEEK_END), os.isatty(fd), os.fsync(fd), os.fdatasync(fd))
os.close(second)
show(os.close, second) if False else print(os.path.exists("a"))
third = os.dup2(fd, 77)
print(third, os.fstat(77).st_ino == os.fstat(fd).st_ino)
os.closerange(77, 78)
show(os.fstat, 77)
os.close(fd)
show(os.read, 7777, 1)
show(os.close, "x")
show(os.close, 1 << 40)
r, w = os.pipe()
print(os.write(w, b"through"), os.read(r, 100))
os.close(w)
print(os.read(r, 1))
os.close(r)

# --- names
os.mkdir("d")
os.makedirs("d/e/f")
os.makedirs("d/e/f", exist_ok=True)
quiet(os.makedirs, "d/e/f")
os.rename("a", "d/b")
show(os.rename, "missing", "x")
os.replace("d/b", "c")
os.link("c", "c2")
print(os.stat("c").st_nlink, os.path.samefile("c", "c2"))
os.symlink("c", "l")
print(os.readlink("l"), os.readlink(b"l"), os.path.islink("l"), os.path.islink("c"), os.lstat("l").st_size)
os.symlink("nowhere", "broken")
print(os.path.exists("broken"), os.path.lexists("broken"), os.path.realpath("l") == os.path.join(base, "c"))
print(sorted(os.listdir("/proc/self/../self/")) != [] if os.path.exists("/proc/self") else True)
print(sorted(os.listdir()))
quiet(os.rmdir, "d")
quiet(os.mkdir, "d")
quiet(os.unlink, "d")
quiet(os.listdir, "missing")
quiet(os.remove, "missing")
show(os.mkdir, 3)
show(os.stat, 3.5)
show(os.stat, "a\0b")
show(os.stat, b"a\0b")
print(os.access("c", os.R_OK), os.access("missing", os.F_OK), os.access("c", os.X_OK))
os.chmod("c", 0o600)
print(stat.filemode(os.stat("c").st_mode), stat.filemode(os.lstat("l").st_mode), stat.filemode(os.stat("d").st_mode)[0])
os.utime("c", (1000, 2000.5))
s = os.stat("c")
print(s.st_atime, s.st_mtime, s.st_mtime_ns, s[7], s[8], len(s), s.st_size == s[6])
os.utime("c", ns=(1, 2))
print(os.stat("c").st_mtime_ns, os.stat("c").st_atime_ns)
show(os.utime, "c", (1, 2), ns=(1, 2))
show(os.utime, "c", 3)
os.utime("c")
print(os.stat("c").st_mtime > 1e9)
os.truncate("c", 2)
print(os.path.getsize("c"))

# --- relative to a directory
d = os.open("d", os.O_RDONLY)
f = os.open("inside", os.O_CREAT | os.O_WRONLY, dir_fd=d)
os.close(f)
print(os.stat("inside", dir_fd=d).st_size, sorted(os.listdir(d)), os.listdir in os.supports_fd, os.stat in os.supports_dir_fd)
os.unlink("inside", dir_fd=d)
os.mkdir("made", dir_fd=d)
os.rmdir("made", dir_fd=d)
with os.scandir(d) as entries:
    print([(e.name, e.path, e.is_dir()) for e in entries])
os.close(d)
show(os.stat, "c", dir_fd="x")
show(os.stat, 1, follow_symlinks=False)

# --- scandir and walk
with os.scandir() as entries:
    for e in sorted(entries, key=lambda e: e.name):
        print(e, e.name, e.path, e.is_file(), e.is_dir(), e.is_symlink(), e.is_file(follow_symlinks=False),
              e.inode() == os.lstat(e.name).st_ino, os.fspath(e), e.stat(follow_symlinks=False).st_mode == os.lstat(e.name).st_mode)
it = os.scandir(b".")
print(sorted(e.path for e in it), next(it, "end"))
it.close()
show(next, it)
for where, folders, files in os.walk("d"):
    print(where, folders, files)
for where, folders, files in os.walk(".", topdown=False):
    print(where, sorted(folders), sorted(files))

# --- path-likes
class P:
    def __init__(self, p):
        self.p = p

    def __fspath__(self):
        return self.p


print(os.fspath(P("x")), os.fspath("y"), os.fspath(b"z"), os.stat(P("c")).st_size, os.path.join(P("a"), "b"))
show(os.fspath, 3)
show(os.fspath, P(3))
print(isinstance(P("x"), os.PathLike), issubclass(str, os.PathLike), os.PathLike[str])
print(os.fsencode("a\udcff"), os.fsdecode(b"a\xff"))

# --- errors as exceptions
try:
    os.open("missing", os.O_RDONLY)
except FileNotFoundError as e:
    print(e, e.filename, e.errno, e.filename2)
try:
    os.rename("missing", "other")
except OSError as e:
    print(type(e).__name__, e.filename, e.filename2, e.args)
show(os.strerror, 2)

# --- open() on descriptors
with os.fdopen(os.open("text", os.O_CREAT | os.O_WRONLY), "w") as f:
    print(f.write("line\n"), f.closed)
print(open("text").read(), f.closed)

for where, folders, files in os.walk(".", topdown=False):
    for name in files:
        os.remove(os.path.join(where, name))
    for name in folders:
        path = os.path.join(where, name)
        os.unlink(path) if os.path.islink(path) else os.rmdir(path)
os.chdir("/")
os.rmdir(base)
print(os.path.exists(base))
