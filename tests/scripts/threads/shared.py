# Builtin containers under many threads: single operations are atomic.
import threading

N, ROUNDS = 4, 2000
shared_list, shared_dict, shared_set = [], {}, set()
barrier = threading.Barrier(N)
errors = []


class Point:
    pass


point = Point()


def work(k):
    try:
        barrier.wait()
        for i in range(ROUNDS):
            shared_list.append(k)
            shared_dict[(k, i % 100)] = i
            shared_set.add((k, i % 50))
            setattr(point, "a%d" % (i % 20), i)
            if i % 7 == 0:
                shared_dict.get((k + 1, i % 100))
                (k, 1) in shared_set
                len(shared_list)
                shared_list[-1]
                getattr(point, "a%d" % (i % 20))
            if i % 50 == 0:
                list(shared_list)
                dict(shared_dict)
                set(shared_set)
                sorted(shared_list[:20])
    except Exception as e:
        errors.append(repr(e))


threads = [threading.Thread(target=work, args=(k,)) for k in range(N)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(errors)
print(len(shared_list), [shared_list.count(k) for k in range(N)])
print(len(shared_dict), sorted(shared_dict.values())[-1], len(shared_set), len(point.__dict__))


# Objects handed from thread to thread, dropped by whoever is last. (No lock in __del__: it may run in the
# middle of anything.)
born, died = [], []


class Thing:
    def __init__(self):
        born.append(1)

    def __del__(self):
        died.append(1)


places = [None] * 16


def juggle(k):
    for i in range(ROUNDS):
        j = (i * 7 + k * 3) % 16
        mine = places[j]
        places[(j + k) % 16] = Thing() if i % 3 else mine


threads = [threading.Thread(target=juggle, args=(k,)) for k in range(1, N + 1)]
for t in threads:
    t.start()
for t in threads:
    t.join()
places[:] = [None] * 16
print(len(born) - len(died))
