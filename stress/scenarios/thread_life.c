// Imitates: thread pools that start short-lived threads while others work;
// results outlive their maker.
#include "stress/scenario.h"

const Scenario scenario_thread_life = {
    "thread_life",
    "thread pools that start short-lived threads while others work; results outlive their maker",
    "import threading\n"
    "def setup(seed, threads):\n"
    "    global RESULTS\n"
    "    RESULTS = []\n"
    "def work(k, seed):\n"
    "    for n in range(6):\n"
    "        made = []\n"
    "        def body(i):\n"
    "            made.append([i, {'n': n}, str(i)])\n"
    "            local = threading.local()\n"
    "            local.x = [i]\n"
    "        ts = [threading.Thread(target=body, args=(i,)) for i in range(3)]\n"
    "        for t in ts:\n"
    "            t.start()\n"
    "        for t in ts:\n"
    "            t.join()\n"
    "        RESULTS.extend(made)\n"
    "def check():\n"
    "    for r in RESULTS:\n"
    "        if r[2] != str(r[0]):\n"
    "            return 'a result is damaged: %r' % (r,)\n"
    "    if len(RESULTS) % 18:\n"
    "        return '%d results' % len(RESULTS)\n"};
