import io, os
p=os.path.join(os.environ.get("TMPDIR", "/tmp"), "encodings.txt")
for enc in ("utf-16","cp1252","utf-16-le","utf-32","iso-8859-15","cp437","latin-1","utf-8-sig"):
    with open(p,"w",encoding=enc) as f: f.write("héllo\nwörld\n"); print(f.encoding, end=" ")
    print(open(p,"rb").read()[:8])
    with open(p,encoding=enc) as f: print(f.readline(), f.read(), f.seek(0), f.read(3))
try: open(p,encoding="nope")
except LookupError as e: print(e)
try:
    with open(p,"w",encoding="cp1252") as f: f.write("\u4e00")
except UnicodeEncodeError as e: print(e)
import hashlib, hmac, uuid, secrets
for n in sorted(hashlib.algorithms_guaranteed):
    h=hashlib.new(n, b"abc"); print(n, h.hexdigest(8) if n.startswith("shake") else h.hexdigest()[:20], h.digest_size, h.block_size, h.name)
print(hmac.new(b"k", b"m", "sha256").hexdigest(), hmac.digest(b"k", b"m", "sha1").hex(), hmac.compare_digest("a","a"), hashlib.pbkdf2_hmac("sha256", b"p", b"s", 1000).hex())
h=hashlib.md5(); h.update(b"a"); c=h.copy(); c.update(b"b"); print(h.hexdigest(), c.hexdigest(), hashlib.sha256(b"x").digest()[:4])
try: hashlib.new("nope")
except ValueError as e: print(e)
try: hashlib.md5("x")
except TypeError as e: print(e)
print(uuid.uuid5(uuid.NAMESPACE_DNS, "python.org"), len(secrets.token_hex(8)), uuid.uuid3(uuid.NAMESPACE_DNS,"a"))
import re
print(re.sub(b"x", bytearray(b"y"), b"axb"), re.search("^b", "ab\nb"), re.search(r"\Aa", "ab"), re.findall("^a", "aaa"), re.sub("^", "x", "ab"), re.compile("^b").search("ab", 1), re.split("^a","aba"), re.search("(?m)^b","a\nb"))
os.unlink(p)
def f():
    try: raise KeyError('a')
    except Exception: yield
g=f(); next(g)
try: g.throw(ValueError)
except ValueError as e: print(repr(e.__context__))
