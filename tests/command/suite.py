"""The command line as a user meets it: the prompt on a terminal, interrupts, exit codes, refusals.

  suite.py build/debug/adder
"""
import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import termios
import time

PROGRAM = os.path.abspath(sys.argv[1])
PATIENCE = 120
failures = 0


def check(name, right, seen):
    global failures
    if not right:
        failures += 1
        print(f"FAILED {name}: {seen!r}")


class Terminal:
    """The program on a terminal of its own."""

    def __init__(self, *arguments):
        self.text = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(PROGRAM, [PROGRAM, *arguments], dict(os.environ, TERM="dumb", LC_ALL="C"))

    def read_until(self, wanted):
        """Everything up to and with `wanted`; what came instead if it does not come."""
        end = time.monotonic() + PATIENCE
        while wanted not in self.text and time.monotonic() < end:
            if select.select([self.fd], [], [], 0.2)[0]:
                try:
                    data = os.read(self.fd, 65536)
                except OSError:
                    break
                if not data:
                    break
                self.text += data.decode(errors="replace").replace("\r", "")
        head, found, self.text = self.text.partition(wanted)
        return head + found

    def type(self, text):
        if text[-1] in "\x03\x04":  # a control key is lost that comes while libedit changes the terminal's mode
            self.wait_for_mode()
        os.write(self.fd, text.encode())

    def wait_for_mode(self):
        """Until the prompt reads keys one by one, or for a while: a script that runs leaves the terminal as it is."""
        end = time.monotonic() + 2
        while termios.tcgetattr(self.fd)[3] & termios.ICANON and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(0.1)

    def leave(self):
        self.read_until("\0")
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


def session(name, lines, ending="\x04", code=0):
    """Types each line once the prompt is there; `lines` are (typed, what must then be read)."""
    t = Terminal("-q")
    t.read_until(">>> ")
    for typed, wanted in lines:
        t.type(typed)
        seen = t.read_until(wanted)
        check(f"{name}: {typed!r}", seen.endswith(wanted), seen)
    t.type(ending)
    left = t.leave()
    check(f"{name}: exit code", left == code, left)


def prompt():
    session("expressions", [("1+1\n", "\n2\n>>> "), ("'\u00fc\u65e5'\n", "\n'\u00fc\u65e5'\n>>> "), ("_ * 2\n", "\u65e5'\n>>> "),
                            ("None\n", "None\n>>> "), ("# nothing\n", ">>> ")])
    session("blocks", [("def f(x):\n", "... "), ("\treturn x * 2\n", "... "), ("\n", ">>> "), ("f(21)\n", "\n42\n>>> "),
                       ("for i in 'ab': print(i)\n", "... "), ("\n", "a\nb\n>>> "), ("if 0:\n", "... "), ("  1\n", "... "),
                       ("else:\n", "... "), ("  print('no')\n", "... "), ("\n", "\nno\n>>> "), ("@property\n", "... "),
                       ("def g(self): pass\n", "... "), ("\n", ">>> "), ("class A:\n", "... "),
                       ("\n", "expected an indented block after class definition on line 1\n>>> ")])
    session("joined lines", [("(1 +\n", "... "), ("\n", "... "), ("2)\n", "\n3\n>>> "), ("'''a\n", "... "), ("b'''\n", "'a\\nb'\n>>> "),
                             ("x = \\\n", "... "), ("4\n", ">>> "), ("x\n", "\n4\n>>> "), ("def (\n", "invalid syntax\n>>> ")])
    session("history", [("a = 5\n", ">>> "), ("a\n", "\n5\n>>> "), ("a\n", "\n5\n>>> "), ("\x10\x10\n", ">>> "), ("a + 1\n", "\n6\n>>> "),
                        ("\x10\n", "\n6\n>>> ")])
    session("interrupts", [("while True: pass\n", "... "), ("\n", "\n"), ("\x03", "KeyboardInterrupt\n>>> "), ("half\x03", "KeyboardInterrupt\n>>> "),
                           ("(1,\n", "... "), ("\x03", "KeyboardInterrupt\n>>> "), ("2\n", "\n2\n>>> ")])
    session("end in a block", [("x = [\n", "... "), ("\x04", "'[' was never closed\n>>> "), ("def f():\n", "... "), ("  pass\n", "... "),
                               ("\x04", ">>> "), ("f()\n", ">>> ")])
    session("leaving", [("exit\n", "\nUse exit() or Ctrl-D (i.e. EOF) to exit\n>>> ")], "exit(3)\n", 3)
    session("quit", [("quit = 1\n", ">>> "), ("quit\n", "\n1\n>>> ")], "raise SystemExit\n")


def interrupt():
    for source, printed in (("print('begun')\nwhile True: pass", ""),
                            ("import time\ntry:\n print('begun')\n time.sleep(600)\nfinally: print('finally')", "finally\n")):
        p = subprocess.Popen([PROGRAM, "-u", "-c", source], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        p.stdout.readline()
        time.sleep(0.2)
        p.send_signal(signal.SIGINT)
        out, err = p.communicate(timeout=PATIENCE)
        check("interrupted script", (p.returncode, out) == (-signal.SIGINT, printed) and err.endswith("KeyboardInterrupt\n"),
              (p.returncode, out, err))


def command(*arguments, stdin="", env=None):
    p = subprocess.run([PROGRAM, *arguments], input=stdin, capture_output=True, text=True, timeout=PATIENCE, env=env)
    return p.returncode, p.stdout, p.stderr


def commands():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        with open("wrong.py", "w", encoding="utf-8") as f:
            f.write("print(__file__)\ndef f():\n    return undefined\nf()\n")
        shown = os.path.join(os.getcwd(), "wrong.py")
        for name in ("wrong.py", "./wrong.py", shown):
            code, out, err = command(name)
            check(name, (code, out) == (1, shown + "\n") and err.count(f'File "{shown}", line') == 2, (code, out, err))
        os.mkdir("stress")  # does not hide the command
        code, out, err = command("stress")
        check("stress beside a folder of that name", code == 0 and "shared_dict" in out, (code, out, err))
    check("exit()", command("-c", "exit(4)")[0] == 4, None)
    check("quit()", command("-c", "quit()") == (0, "", ""), None)
    check("exit(text)", command("-c", "exit('bye')") == (1, "", "bye\n"), None)
    code, out, err = command("-c")
    check("-c alone", code == 2 and err.startswith(f"{PROGRAM}: -c wants code\n"), err)
    code, out, err = command("-c", "open('/dev/null').write('x')")
    check("what io refuses, by its name", err.endswith("\nio.UnsupportedOperation: not writable\n"), err)
    code, out, err = command("stress", "nowhere")
    check("an unknown scenario", (code, out) == (2, "") and "no scenario 'nowhere'" in err, (code, out, err))


def cached_code():
    """Code in a cache that another compiler made, or that is damaged, is as good as none."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "module.py"), "w", encoding="utf-8") as f:
            f.write("print('a module')\n")
        cache = os.path.join(folder, "__pycache__", "module.adder-311.code")

        def run(name):
            got = command("-c", f"import sys; sys.path.insert(0, {folder!r}); import module", env=environment)
            check(name, got == (0, "a module\n", "") and os.path.exists(cache), got)
            with open(cache, "rb") as f:
                return f.read()

        good = run("a cache is made")
        check("a cache is used", b"a module" in good, good)
        for name, at in ("another compiler", 8), ("another time", 16), ("another size", 24), ("a wrong checksum", 40), ("damage", -1):
            bad = bytearray(good)
            bad[at] ^= 1
            with open(cache, "wb") as f:
                f.write(bad)
            check(name, run(name) == good, "it is not written again")
        other = good.replace(b"a module", b"a nodule")
        with open(cache, "wb") as f:
            f.write(other)
        check("other code", run("other code") == good, "it is not written again")


prompt()
interrupt()
commands()
cached_code()
print("command suite:", "ok" if failures == 0 else f"{failures} failures")
sys.exit(failures != 0)
