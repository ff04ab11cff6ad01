// core/object/hash.h: the keyed hash of str and bytes, and what builds on it.
//
// The key is random for each process, or derived from PYTHONHASHSEED (0: fixed),
// so that a stranger's keys cannot be made to collide.
//
// Origin   SipHash-1-3: Aumasson, Bernstein, "SipHash: a fast short-input PRF", 2012.
// Threads  hash_init once at start-up; then read-only.
#ifndef ADDER_CORE_OBJECT_HASH_H
#define ADDER_CORE_OBJECT_HASH_H

#include <stddef.h>
#include <stdint.h>

void hash_init(void);
// 0 for no bytes; else never 0 (not computed yet). Never all ones (-1 means an error to scripts).
uint64_t hash_bytes(const void *data, size_t size);

#endif
