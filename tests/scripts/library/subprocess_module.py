import base64
import binascii
import os
import select
import subprocess
import tempfile
import unicodedata

print(subprocess.run(["echo", "hi"], capture_output=True, text=True))
print(subprocess.run(["sh", "-c", "cat; echo err >&2; exit 3"], input="in\n", capture_output=True, text=True))
for what in (["/nonexistent/x"], {}), (["echo"], {"cwd": "/nonexistent"}), (["false"], {"check": True}):
    try:
        subprocess.run(what[0], **what[1])
    except (OSError, subprocess.CalledProcessError) as e:
        print(type(e).__name__, e)
try:
    subprocess.run(["sleep", "5"], timeout=0.2)
except subprocess.TimeoutExpired as e:
    print(e.cmd)
print(subprocess.check_output("echo $X", shell=True, env={"X": "42"}))
p = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
print(p.communicate(b"z" * 100000)[0] == b"z" * 100000, p.returncode)
r, w = os.pipe()
print(select.select([r], [], [], 0))
os.write(w, b"x")
print(select.select([r], [w], [])[0] == [r])
q = select.poll()
q.register(r, select.POLLIN)
print(q.poll(0) == [(r, 1)])
q.unregister(r)
print(q.poll(0))

print(binascii.hexlify(b"\x00\xff"), binascii.unhexlify("00ff"), base64.b64encode(b"hello w"), base64.b64decode("aGVsbG8gdw=="))
print(binascii.crc32(b"hello"), binascii.crc_hqx(b"hello", 0), binascii.b2a_hex(b"abcd", ":", 2))
for bad in (lambda: binascii.unhexlify("0"), lambda: binascii.unhexlify("zz"), lambda: base64.b64decode("a"),
            lambda: base64.b64decode("ab"), lambda: base64.b64decode("é"), lambda: binascii.a2b_base64("ab==c", strict_mode=True)):
    try:
        print(bad())
    except ValueError as e:
        print(type(e), e)
print(base64.b32encode(b"abc"), base64.b85encode(b"hello"), base64.urlsafe_b64encode(b"\xff\xfe"))
print(unicodedata.name("é"), unicodedata.lookup("SNOWMAN"), unicodedata.category("a"), unicodedata.normalize("NFD", "é") == "e\u0301",
      unicodedata.numeric("½"), unicodedata.decomposition("é"), unicodedata.decomposition("½"), unicodedata.combining("\u0301"),
      unicodedata.bidirectional("a"), unicodedata.is_normalized("NFC", "é"))
with tempfile.TemporaryDirectory() as d:
    with tempfile.NamedTemporaryFile("w+", dir=d) as f:
        f.write("abc")
        f.seek(0)
        print(f.read())
    with tempfile.TemporaryFile() as f:
        f.write(b"abc")
        f.seek(1)
        print(f.read())
    with tempfile.SpooledTemporaryFile() as f:
        f.write(b"abc")
        f.seek(1)
        print(f.read())
