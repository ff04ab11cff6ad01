// stress/scenario.h: what a scenario is, and the list of them.
//
// A scenario is a script with three functions. Each round:
//   setup(seed, threads)   on one thread: makes fresh objects, resets the counters of the check
//   work(k, seed)          on every thread at the same time, released by a barrier
//   check()                on one thread: returns None, or a text that says what does not hold
// The script sees `random_of(seed)`, a small generator, so that choices follow from the seed.
#ifndef ADDER_STRESS_SCENARIO_H
#define ADDER_STRESS_SCENARIO_H

typedef struct Scenario {
    const char *name;
    const char *imitates; // the real behaviour that it imitates, one line
    const char *script;
} Scenario;

#define SCENARIO(name) extern const Scenario scenario_##name;
#include "stress/scenarios.def"
#undef SCENARIO

#endif
