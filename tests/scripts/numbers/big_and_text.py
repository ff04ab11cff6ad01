# Large numbers, text and bytes in one program: also run with failing allocations.
import sys
sys.set_int_max_str_digits(0)
x = 3**3000
y = x*x*x*x*x*x
z = y*y*y
q, r = divmod(z, x)
s = str(z)
w = int(s)
print(w == z, pow(x, 1001, y) % 1000, len("é%s %d" % (s[:10], r)), "{:>20,}".format(10**20), "a,b,c".split(","), "x".join(["a","é"]*40)[:5])
b = bytearray(b"abc"); b.extend(range(200)); b[3:5] = b"zz"
print(len(b), b.find(b"zz"), bytes(b[:3]), memoryview(b)[1:3].tobytes())
print("é\ud800".encode("utf-8", "surrogatepass"), b"\xff\xc3".decode("utf-8", "replace"), repr("é\n"*50)[:20], 1e300, "%.3e" % 2.5, float("1.5"), (12345.678).hex())
t = "".maketrans("ab", "éz")
print("abcab".translate(t), "Straße".upper(), "ab"*3, "abc"[::-1], sorted("cab"), f"{x % 7:05d} {y % 3!r:>4}")
