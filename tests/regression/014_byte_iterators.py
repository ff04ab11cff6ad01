# Iterators of bytes, bytearray and array are pickled, copied and set back; what is exhausted stays so.
import copy
import pickle
from array import array

for made in (b"abcd", bytearray(b"abcd"), array("i", [1, 2, 3, 4]), array("d", [1.5, 2.5])):
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        it = iter(made)
        again = pickle.loads(pickle.dumps(it, protocol))
        assert type(again) is type(it)
        next(it)
        rest = pickle.loads(pickle.dumps(it, protocol))
        other = copy.copy(it)
        print(list(again), list(rest), list(other), next(it))
    state = it.__reduce__()
    print(state[1:], state[0] is iter)
    for place in (-5, 0, 1, 100):
        it = iter(made)
        it.__setstate__(place)
        print(place, list(it))

it = iter(bytearray(b"xy"))
list(it)
print(it.__reduce__()[1:])
it.__setstate__(0)
print(list(it))
for bad in ("x", 1.5, None):
    try:
        it.__setstate__(bad)
    except TypeError as e:
        print(type(e).__name__)
