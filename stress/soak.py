#!/usr/bin/env python3.11
"""Loads each program for a long time and fits a line through its resident memory.

  soak.py [--minutes 10] [--csv FILE] build/release/adder build/release/addert

Each program serves soak_app.py on two threads: a closed loop of keep-alive requests by the load generator,
and beside it connections that come and go, upload, send nonsense or leave in the middle. All programs are
loaded at the same time. The line is fitted through the samples after the first fifth of the time; it must
rise by less than 1 MiB from its beginning to its end. Exit code 1 where one does not hold.
"""
import argparse
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LIMIT_MIB = 1.0


class Soak:
    def __init__(self, program, seconds):
        self.program = program
        self.seconds = seconds
        self.samples = []
        self.connections = 0
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.server = subprocess.Popen([program, "serve", os.path.join(HERE, "soak_app.py"), "--threads", "2",
                                        "--bind", "127.0.0.1:%d" % self.port], stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
                return
            except ConnectionRefusedError:
                time.sleep(0.05)
        raise SystemExit("%s does not serve" % program)

    def resident_mib(self):
        with open("/proc/%d/statm" % self.server.pid) as f:
            return int(f.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20

    def unsteady_clients(self, end):
        choose = random.Random(1)
        address = ("127.0.0.1", self.port)
        requests = (
            b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 30000\r\n\r\n" + b"y" * 30000,
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + b"100\r\n%s\r\n" % (b"z" * 256) * 20 + b"0\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nonly a part",
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 12,
            b"GET /error HTTP/1.1\r\nHost: x\r\n\r\n",
            b"NONSENSE\x01\x02\r\n\r\n",
            b"GET /" + b"a" * 10000 + b" HTTP/1.1\r\n",
        )
        while time.monotonic() < end:
            try:
                with socket.create_connection(address, timeout=5) as s:
                    s.settimeout(0.05)
                    s.sendall(choose.choice(requests))
                    s.recv(1 << 16)
            except OSError:
                pass
            self.connections += 1
            time.sleep(0.01)

    def run(self):
        begin = time.monotonic()
        end = begin + self.seconds
        load = subprocess.Popen([self.program, "compare", "load", "http://127.0.0.1:%d/" % self.port, "--seconds",
                                 str(int(self.seconds)), "--connections", "16", "--quiet"],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        clients = threading.Thread(target=self.unsteady_clients, args=(end,))
        clients.start()
        while time.monotonic() < end and self.server.poll() is None:
            self.samples.append((time.monotonic() - begin, self.resident_mib()))
            time.sleep(1)
        clients.join()
        self.report = load.communicate()[0].decode()
        self.server.send_signal(signal.SIGTERM)
        self.code = self.server.wait(30)

    def line(self):
        """Least squares through the samples after the first fifth: what the line rises by, in MiB."""
        points = [p for p in self.samples if p[0] >= self.seconds / 5]
        n = len(points)
        mean_t = sum(t for t, _ in points) / n
        mean_m = sum(m for _, m in points) / n
        slope = sum((t - mean_t) * (m - mean_m) for t, m in points) / sum((t - mean_t) ** 2 for t, _ in points)
        return slope * (points[-1][0] - points[0][0]), min(m for _, m in points), max(m for _, m in points)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--csv", metavar="FILE", help="write seconds and MiB of every program")
    parser.add_argument("programs", nargs="+")
    options = parser.parse_args()
    soaks = [Soak(p, options.minutes * 60) for p in options.programs]
    workers = [threading.Thread(target=s.run) for s in soaks]
    for w in workers:
        w.start()
    begin = time.monotonic()
    while any(w.is_alive() for w in workers):
        time.sleep(2)
        if sys.stderr.isatty():
            print("\r%3d %% " % min(100, 100 * (time.monotonic() - begin) / (options.minutes * 60)) +
                  "  ".join("%s %.1f MiB" % (os.path.basename(s.program), s.samples[-1][1]) for s in soaks if s.samples),
                  end="\033[K", file=sys.stderr)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    if options.csv:
        with open(options.csv, "w") as f:
            for s in soaks:
                f.writelines("%s,%.1f,%.3f\n" % (os.path.basename(s.program), t, m) for t, m in s.samples)
    failed = False
    for s in soaks:
        rise, least, most = s.line()
        good = rise < LIMIT_MIB and s.code == 0
        failed |= not good
        print("%-8s rises by %+.3f MiB in %.1f minutes (between %.1f and %.1f MiB), %d unsteady connections, exit code %d: %s"
              % (os.path.basename(s.program), rise, options.minutes * 0.8, least, most, s.connections, s.code,
                 "steady" if good else "NOT STEADY"))
        print("         " + s.report.strip().replace("\n", "\n         "))
    return failed


if __name__ == "__main__":
    sys.exit(main())
