// Imitates: module globals as counters and switches,
// read by every request and replaced now and then.
#include "stress/scenario.h"

const Scenario scenario_globals = {
    "globals",
    "module globals as counters and switches, read by every request and replaced now and then",
    "VALUE = [0]\n"
    "COUNT = 0\n"
    "def helper(x):\n"
    "    return x + len(VALUE)\n"
    "def other(x):\n"
    "    return x + len(VALUE) + 0\n"
    "def setup(seed, threads):\n"
    "    global VALUE, COUNT, N\n"
    "    VALUE, COUNT, N = [0], 0, threads\n"
    "def work(k, seed):\n"
    "    global VALUE, COUNT, helper\n"
    "    rnd = random_of(seed + k)\n"
    "    for n in range(800):\n"
    "        op = rnd(20)\n"
    "        if op < 14:\n"
    "            if helper(n) != n + 1:\n"
    "                raise AssertionError('helper is wrong')\n"
    "        elif op < 17:\n"
    "            VALUE = [n]\n"
    "        elif op < 18:\n"
    "            COUNT += 1\n"
    "        elif op < 19:\n"
    "            globals()['dynamic%d' % rnd(10)] = [n]\n"
    "        else:\n"
    "            helper = other\n"
    "            globals().pop('dynamic%d' % rnd(10), None)\n"
    "def check():\n"
    "    if len(VALUE) != 1:\n"
    "        return 'VALUE is %r' % (VALUE,)\n"
    "    if not 0 <= COUNT <= N * 800:\n"
    "        return 'COUNT is %r' % (COUNT,)\n"};
