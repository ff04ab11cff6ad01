# The module time, apart from what the clocks say.
import time


def attempt(f, *args):
    try:
        return f(*args)
    except Exception as e:
        return type(e).__name__, str(e)


for name in ("time", "monotonic", "perf_counter", "process_time", "thread_time"):
    seconds, ns = getattr(time, name)(), getattr(time, name + "_ns")()
    print(name, type(seconds).__name__, type(ns).__name__, abs(seconds - ns / 1e9) < 1, time.get_clock_info(name))
a = time.monotonic()
time.sleep(0.02)
print(0.02 <= time.monotonic() - a < 5)
for x in (10**30, -1, float("nan"), 1e30, "x", -0.5, 0, 0.0, True and 0):
    print(repr(x), attempt(time.sleep, x))
print(attempt(time.get_clock_info, "x"), attempt(time.get_clock_info, 1))

print(time.gmtime(0), time.gmtime(-1.5), time.gmtime(1e9).tm_zone, time.gmtime(0).tm_gmtoff)
t = time.gmtime(1234567890)
print(t[0], t.tm_year, len(t), t[:3], t == tuple(t), t.tm_yday, t.n_fields, t.n_sequence_fields)
for x in (10**20, 1e20, 10**17, "a", float("nan")):
    print(repr(x), attempt(time.gmtime, x))
print(time.mktime((2000, 1, 1, 0, 0, 0, 0, 0, 0)) - time.mktime((1999, 12, 31, 0, 0, 0, 0, 0, 0)))
for x in ((1, 2), [1], (10**12, 1, 1, 0, 0, 0, 0, 0, 0), ("a", 1, 1, 0, 0, 0, 0, 0, 0)):
    print(attempt(time.mktime, x))
print(time.asctime((2000, 2, 3, 4, 5, 6, 3, 34, 0)), "|", time.asctime(time.gmtime(0)), attempt(time.asctime, 1))
print(len(time.ctime()) == 24, len(time.asctime()) == 24)
f = "%a %A %b %B %d %H %I %j %m %M %p %S %U %w %W %x %X %y %Y %% %e %D é"
print(time.strftime(f, time.gmtime(1234567890)))
print(time.strftime("%c", (2000, 0, 0, 0, 0, 0, 0, 0, 0)), repr(time.strftime("")), time.strftime("%Q%", time.gmtime(0)))
for v in [(2000, 13, 1, 0, 0, 0, 0, 0, 0), (2000, 1, 32, 0, 0, 0, 0, 0, 0), (2000, 1, 1, 24, 0, 0, 0, 0, 0),
          (2000, 1, 1, 0, 60, 0, 0, 0, 0), (2000, 1, 1, 0, 0, 62, 0, 0, 0), (2000, 1, 1, 0, 0, 0, -2, 0, 0),
          (2000, 1, 1, 0, 0, 0, 0, 367, 0), (2000, -1, 1, 0, 0, 0, 0, 0, 0), (1,), 5]:
    print(attempt(time.strftime, "%Y", v))
print(attempt(time.strftime, 1), attempt(time.strftime, "%Y\0a", time.gmtime(0)))
print(time.struct_time(range(9)), attempt(time.struct_time, (1, 2)), attempt(time.struct_time, range(12)))
print(type(time.timezone), type(time.altzone), time.daylight in (0, 1), len(time.tzname))
print(time.clock_gettime(time.CLOCK_REALTIME) > 1e9, attempt(time.clock_gettime, 99), time.clock_getres(1))
