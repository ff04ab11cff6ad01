// Imitates: a generator that several threads step by mistake:
// one at a time gets a value, others an error.
#include "stress/scenario.h"

const Scenario scenario_shared_generator = {
    "shared_generator",
    "a generator that several threads step by mistake: one at a time gets a value, others an error",
    "def numbers(n):\n"
    "    for i in range(n):\n"
    "        yield [i]\n"
    "def setup(seed, threads):\n"
    "    global G, SEEN\n"
    "    G, SEEN = numbers(2000), []\n"
    "def work(k, seed):\n"
    "    got = []\n"
    "    for n in range(600):\n"
    "        try:\n"
    "            got.append(next(G)[0])\n"
    "        except ValueError:\n"
    "            pass\n"
    "        except StopIteration:\n"
    "            break\n"
    "    SEEN.append(got)\n"
    "def check():\n"
    "    flat = [x for got in SEEN for x in got]\n"
    "    if len(flat) != len(set(flat)):\n"
    "        return 'a value was given twice'\n"
    "    for got in SEEN:\n"
    "        if got != sorted(got):\n"
    "            return 'values out of order'\n"};
