// core/base/check.h: assertion tiers, attributes, planted faults.
//
// CHECK(x)   stands in every build: cheap, guards memory safety. Prints and aborts.
// ASSERT(x)  in debug, asan, tsan and torture builds; nothing in release.
// AUDIT(x)   in torture builds: whole-structure validity checks.
// PERTURB(n) marks the gap between two steps of a lock-free protocol: nothing in release, a seeded
//            random yield in torture builds.
// MUTANT(n)  is true in the one build that plants the fault n (see core/base/mutants.def).
#ifndef ADDER_CORE_BASE_CHECK_H
#define ADDER_CORE_BASE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef ADDER_DEBUG
#define ADDER_DEBUG 0
#endif
#ifndef ADDER_TORTURE
#define ADDER_TORTURE 0
#endif

#define MUST_USE                  __attribute__((warn_unused_result))
#define NO_RETURN                 __attribute__((noreturn))
#define NO_INLINE                 __attribute__((noinline))
#define ALWAYS_INLINE             __attribute__((always_inline)) inline
#define PRINTF_LIKE(place, first) __attribute__((format(printf, place, first)))
#define MAYBE_UNUSED              __attribute__((unused))
#define COLD                      __attribute__((cold, noinline))

#define LIKELY(x)   __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

// The line that holds *p will be written soon: a wait for it that lies ahead is shortened. `p` may be
// any address.
#define PREFETCH_WRITE(p) __builtin_prefetch((p), 1)

#define ARRAY_LENGTH(a) (sizeof(a) / sizeof((a)[0]))
#define MIN_OF(a, b)    ((a) < (b) ? (a) : (b))
#define MAX_OF(a, b)    ((a) > (b) ? (a) : (b))

NO_RETURN void check_failed(const char *expression, const char *file, int line);

#define CHECK(x) (LIKELY(x) ? (void)0 : check_failed(#x, __FILE__, __LINE__))
#if ADDER_DEBUG
#define ASSERT(x) CHECK(x)
#else
#define ASSERT(x) ((void)sizeof(!(x)))
#endif
#if ADDER_TORTURE
#define AUDIT(x)   CHECK(x)
#define PERTURB(n) perturb_schedule(n)
void perturb_schedule(const char *place);
#else
#define AUDIT(x)   ((void)sizeof(!(x)))
#define PERTURB(n) ((void)0)
#endif

// The planted faults: exactly one may be chosen at build time with -DADDER_MUTANT=name.
enum Mutant {
    MUTANT_none = 0,
#define PLANTED(name, description) MUTANT_##name,
#include "core/base/mutants.def"
#undef PLANTED
};
#ifndef ADDER_MUTANT
#define ADDER_MUTANT none
#endif
#define MUTANT_PASTE(name)  MUTANT_##name
#define MUTANT_EXPAND(name) MUTANT_PASTE(name)
#define MUTANT(name)        (MUTANT_##name == MUTANT_EXPAND(ADDER_MUTANT))

#endif
