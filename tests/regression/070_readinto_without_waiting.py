# What was read already is not lost when there is no more to read without waiting.
import os

r, w = os.pipe()
os.set_blocking(r, False)
f = open(r, "rb", 64)
for size in (5, 100, 9000):
    os.write(w, b"x" * size)
    b = bytearray(300)
    print(f.readinto(b), bytes(b).count(b"x"))
b = bytearray(9000)
print(f.readinto(b))
os.write(w, b"end")
os.close(w)
print(f.readinto(b), f.readinto(b))
f.close()
