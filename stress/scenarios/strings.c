// Imitates: building, interning and hashing the same texts everywhere.
#include "stress/scenario.h"

const Scenario scenario_strings = {
    "strings", "building, interning and hashing the same texts everywhere",
    "import sys\n"
    "def setup(seed, threads):\n"
    "    global OUT\n"
    "    OUT = []\n"
    "def work(k, seed):\n"
    "    rnd = random_of(seed + k)\n"
    "    d = {}\n"
    "    for n in range(200):\n"
    "        s = 'name_%d' % rnd(50)\n"
    "        i = sys.intern(s + 'x')\n"
    "        if i is not sys.intern('name_' + s[5:] + 'x'):\n"
    "            raise AssertionError('two interned strings for one text')\n"
    "        d[s] = d.get(s, 0) + 1\n"
    "        t = ''\n"
    "        for j in range(10):\n"
    "            t += s\n"
    "        if len(t) != 10 * len(s) or t.count(s) < 10:\n"
    "            raise AssertionError('damaged text')\n"
    "        setattr(d, 'x', 1) if False else None\n"
    "    OUT.append(sorted(d.items()))\n"
    "def check():\n"
    "    for items in OUT:\n"
    "        if sum(n for s, n in items) != 200:\n"
    "            return 'counts are wrong'\n"};
