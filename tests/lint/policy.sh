#!/usr/bin/env bash
# The choice between the two programs is tested in gil/policy.h alone; elsewhere by if (POLICY_FREE_THREADED).
cd "$(dirname "$0")/../.."
found=$(git grep -nE '^[[:space:]]*#[[:space:]]*(if|ifdef|ifndef|elif).*FREE_THREADED' -- '*.c' '*.h' | grep -v '^gil/policy\.h:')
[ -z "$found" ] || { echo "the choice between the programs is tested outside gil/policy.h:"; echo "$found"; exit 1; }
# The one thread-local.
found=$(git grep -nE '_Thread_local|__thread ' -- '*.c' '*.h' | grep -vE '^(gil/thread_state\.[ch]|stress/|tests/):?' || true)
[ -z "$found" ] || { echo "a thread-local beside the current ThreadState:"; echo "$found"; exit 1; }
