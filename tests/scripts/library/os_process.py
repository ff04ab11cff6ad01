import os
import signal
import sys


def show(f, *args, **kwargs):
    try:
        print(getattr(f, "__name__", "?"), repr(f(*args, **kwargs)))
    except Exception as e:
        print(getattr(f, "__name__", "?"), type(e).__name__, e)


print(os.name, os.sep, os.linesep == "\n", os.curdir, os.pardir, os.extsep, os.pathsep, os.devnull, os.altsep)
print(os.getpid() > 0, os.getppid() > 0, os.getuid() == os.geteuid(), os.getgid() >= 0, os.getpgrp() > 0)
print(os.getpgid(0) == os.getpgrp(), os.getsid(0) >= 0, isinstance(os.getgroups(), list))

# --- the environment
os.environ["ADDER_X"] = "value é"
print(os.environ["ADDER_X"], os.getenv("ADDER_X"), os.environb[b"ADDER_X"], os.getenvb(b"ADDER_X"))
print("ADDER_X" in os.environ, os.environ.get("ADDER_NONE"), os.getenv("ADDER_NONE", "default"))
del os.environ["ADDER_X"]
print("ADDER_X" in os.environ, os.environ.pop("ADDER_X", None))
show(os.environ.__getitem__, "ADDER_NONE")
show(os.environ.__setitem__, "a", 3)
show(os.putenv, "a=b", "c")
show(os.unsetenv, "a=b")
os.environ.update(ADDER_A="1", ADDER_B="2")
print({k: v for k, v in os.environ.items() if k.startswith("ADDER_")} == {"ADDER_A": "1", "ADDER_B": "2"}
      or sorted(k for k in os.environ if k.startswith("ADDER_")))
print(os.path.expandvars.__name__, os.get_exec_path({"PATH": "/a:/b"}))
print(os.path.expanduser("~nobody_at_all/x"), os.path.expanduser("a"))

# --- signals and statuses
show(os.kill, 99999999, 0)
got = []
signal.signal(signal.SIGUSR1, lambda n, f: got.append(n)) if hasattr(signal, "SIGUSR1") else None
os.kill(os.getpid(), 10)
print(got)
print(os.WIFEXITED(0x300), os.WEXITSTATUS(0x300), os.WIFSIGNALED(9), os.WTERMSIG(9), os.WIFSTOPPED(0x137f),
      os.WSTOPSIG(0x137f), os.WCOREDUMP(0x80), os.WIFCONTINUED(0xffff))
print(os.waitstatus_to_exitcode(0x300), os.waitstatus_to_exitcode(9))
show(os.waitstatus_to_exitcode, 0x137f)
show(os.waitpid, -1, 0)
print(os.system("exit 3") >> 8, os.waitstatus_to_exitcode(os.system("true")))

# --- the system
print(os.uname().sysname, len(os.uname()), type(os.uname()).__name__, os.uname()[0] == os.uname().sysname)
t = os.times()
print(len(t), t.user >= 0, t[4] == t.elapsed, type(t))
print(os.cpu_count() >= 1, os.sched_yield(), len(os.sched_getaffinity(0)) >= 1, len(os.getloadavg()))
print(os.sysconf("SC_PAGESIZE") == os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_PAGESIZE") % 4096)
show(os.sysconf, "SC_NONE")
old = os.umask(0o22)
print(os.umask(old) == 0o22)
print(os.terminal_size((80, 24)), os.terminal_size((80, 24)).columns, os.terminal_size([1, 2]).lines)
show(os.terminal_size, (1,))
show(os.get_terminal_size, 7777)

# --- randomness
print(len(os.urandom(16)), os.urandom(0), os.urandom(16) != os.urandom(16), len(os.getrandom(8)))
show(os.urandom, -1)
show(os.urandom, "x")

# --- os.path
p = os.path
print(p.join("a", "b", "/c", "d"), p.split("/a/b"), p.splitext("a.tar.gz"), p.splitext(".profile"), p.basename("/a/b"), p.dirname("/a/b/"))
for s in ["", ".", "a//b", "/a/../b", "a/./b/../c", "../a/..", "//a", "///a", "/..", "a/..", "./", "é/../ü", "a/b/../../..", "//..", "a/", "/"]:
    print(repr(s), repr(p.normpath(s)), end=" ")
print()
print(p.normpath(b"a//b/.."), p.isabs("/a"), p.isabs("a"), p.commonprefix(["abc", "abd"]), p.commonpath(["/a/b", "/a/c"]))
print(p.relpath("/a/b/c", "/a/d"), p.abspath("/a/../b"), p.normcase("A"), p.splitdrive("/a"))
show(p.commonpath, ["/a", "b"])
show(p.join, "a", 3)
print(p.isdir("/"), p.isfile("/"), p.exists("/nonexistent"), p.ismount("/"))

# --- what is left out
print(hasattr(os, "fspath"), os.F_OK, os.R_OK, os.O_RDONLY, os.SEEK_SET, os.SEEK_END, os.EX_OK)
show(os.strerror, 0)
sys.stdout.flush()
os._exit(0)
