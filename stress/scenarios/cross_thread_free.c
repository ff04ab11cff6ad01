// Imitates: results made by workers and dropped by somebody else, with deep and wide structures.
#include "stress/scenario.h"

const Scenario scenario_cross_thread_free = {
    "cross_thread_free",
    "results made by workers and dropped by somebody else, with deep and wide structures",
    "import threading\n"
    "class Node:\n"
    "    def __init__(self, n):\n"
    "        self.n = n\n"
    "        self.items = [(n, str(n)), {n: self.n}]\n"
    "def setup(seed, threads):\n"
    "    global BOX, N\n"
    "    BOX, N = [[] for i in range(threads)], threads\n"
    "def work(k, seed):\n"
    "    mine, other = BOX[k], BOX[(k + 1) % N]\n"
    "    total = 0\n"
    "    for n in range(120):\n"
    "        other.append([Node(i) for i in range(12)])\n"
    "        try:\n"
    "            got = mine.pop()\n"
    "        except IndexError:\n"
    "            continue\n"
    "        for node in got:\n"
    "            total += node.items[1][node.n]\n"
    "        if total < 0:\n"
    "            raise AssertionError('impossible')\n"
    "def check():\n"
    "    for box in BOX:\n"
    "        for nodes in box:\n"
    "            for node in nodes:\n"
    "                if node.items[0] != (node.n, str(node.n)):\n"
    "                    return 'a node is damaged: %r' % (node.items,)\n"
    "    BOX.clear()\n"};
