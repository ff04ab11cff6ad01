# Integers beyond 64 bits, floats, conversions.
def power(b, n):
    r = 1
    for _ in range(n):
        r *= b
    return r


a = power(7, 90)
b = 3 ** 150
print(a, b, a + b, a - b, a * b % (10 ** 30 + 7), divmod(b, a), a >> 60, a << 70, a & b, a | b, a ^ b, -a // b)
print(int("9" * 50), hex(a), pow(a, 65537, b), a > b, hash(a), str(a)[:5], (a).bit_length(), a.to_bytes(40, "big")[-4:])
print(1e300 * 1e10, float("1.5e-310"), round(2.675, 2), 1 / 3, float(a), complex(1, 2) * 3j, abs(-b) // 10 ** 60)
total = 0
for i in range(40):
    total += 2 ** (i * 5)
print(total, sum([0.1] * 10), max(a, b) == a)
