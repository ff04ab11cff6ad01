# Lists, dictionaries, sets, tuples: made, changed, sorted, sliced.
d = {}
for i in range(60):
    d[str(i)] = [i] * (i % 5)
for k in list(d)[::3]:
    del d[k]
s = set(range(50)) | {str(i) for i in range(9)}
s.discard(3)
l = sorted(d, key=lambda k: (len(k), k), reverse=True)
l[2:5] = ["x"] * 7
l.insert(0, (1, 2) + tuple(range(5)))
l.extend(i * i for i in range(5))
a, *b, c = l
print(len(d), len(s), l[:4], c, len(b), {1, 2} & {2, 3}, frozenset([1]) == {1}, [x for x in zip("ab", (1, 2))])
m = [[0] * 3 for _ in range(3)]
m[1][1] = 5
d2 = {**d, "z": m, (1, 2): {3: 4}}
d2.update(a=1, b=2)
print(d2["z"], d2.pop("a"), list(d2.items())[-2:], [1, 2] + [3], [0] * 5, list(map(str, range(3))), dict.fromkeys("abc"))
