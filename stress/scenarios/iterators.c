// Imitates: iterators of containers that are shared by mistake, exhausted and restarted.
#include "stress/scenario.h"

const Scenario scenario_iterators = {
    "iterators", "iterators of containers that are shared by mistake, exhausted and restarted",
    "def setup(seed, threads):\n"
    "    global IT, PAIRS\n"
    "    data = [[i] for i in range(300)]\n"
    "    IT = [iter(data), iter(tuple(data)), iter(range(300)), enumerate(data), zip(data, data), "
    "reversed(data), map(len, data), iter({i: [i] for i in range(300)}.items())]\n"
    "def work(k, seed):\n"
    "    rnd = random_of(seed + k)\n"
    "    for n in range(300):\n"
    "        it = IT[rnd(len(IT))]\n"
    "        try:\n"
    "            x = next(it)\n"
    "        except (StopIteration, RuntimeError, ValueError):\n"
    "            continue\n"
    "        str(x)\n"
    "def check():\n"
    "    for it in IT:\n"
    "        try:\n"
    "            for n, x in enumerate(it):\n"
    "                if n > 1000:\n"
    "                    return 'an iterator does not end'\n"
    "        except (RuntimeError, ValueError):\n"
    "            pass\n"};
