import io, os, sys
w = io.TextIOWrapper(io.BytesIO(b"a\r\nb\xc3\xa9\n"), encoding="utf-8")
print(w.readline().encode(), w.read().encode(), w.encoding, w.errors)
b = io.BytesIO(); w = io.TextIOWrapper(b, "utf-8", newline="\r\n"); w.write("x\ny"); w.flush(); print(b.getvalue()); print(w.detach() is b)
try: w.read()
except ValueError as e: print("ValueError")
class Raw(io.RawIOBase):
    def __init__(self, data): self.data=data; self.out=[]
    def readable(self): return True
    def writable(self): return True
    def readinto(self, buf):
        n=min(len(buf), 3, len(self.data)); buf[:n]=self.data[:n]; self.data=self.data[n:]; return n
    def write(self, b): self.out.append(bytes(b)); return len(b)
r=io.BufferedReader(Raw(b"hello\nworld\n")); print(r.peek(1), r.readline(), r.read(2), r.read())
raw=Raw(b""); bw=io.BufferedWriter(raw); bw.write(b"abc"); print(raw.out); bw.flush(); print(raw.out); bw.close(); print(raw.closed)
print(Raw(b"abcdefgh").read(2), Raw(b"abcdefgh").readall(), Raw(b"a\nb\n").readlines())
os.chdir(os.environ.get("TMPDIR", "/tmp"))
with open("io_classes.txt","w") as f: f.write("hi\n")
with open("io_classes.txt","rb") as f: print(type(f), isinstance(f, io.BufferedReader), isinstance(f, io.IOBase), f.peek(1), f.read1(1))
with open("io_classes.txt","rb",buffering=0) as f: print(f, isinstance(f, io.RawIOBase), f.readall())
with io.FileIO("io_classes.txt") as f: print(f.read(1), f.mode, io.BufferedReader(f).read())
print(isinstance(io.StringIO(), io.TextIOBase), isinstance(io.BytesIO(), io.BufferedIOBase))
class T(io.StringIO):
    def write(self, s): return super().write(s.upper())
t=T(); print("abc", file=t); print(t.getvalue())
class TT(io.TextIOBase):
    def write(self, s): os.write(1, s.encode()); return len(s)
sys.stdout.flush(); print("to tt", file=TT())
try: io.TextIOBase().read()
except io.UnsupportedOperation as e: print(e)
with io.IOBase() as f: print(f.closed)
print(f.closed)
os.unlink("io_classes.txt")
