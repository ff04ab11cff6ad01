#!/usr/bin/env bash
# Includes point down only: server > core/modules > core/vm > core/compiler > core/object, gc > gil > alloc > core/base.
# A low folder that must call up declares the function in its own upcalls.h.
set -u
cd "$(dirname "$0")/../.."
bad=0
check() { # FOLDER REGEX-OF-FORBIDDEN-INCLUDES
    local found
    found=$(grep -nE "^#include \"($2)" -r "$1" --include='*.c' --include='*.h' | grep -v '/upcalls\.h"' || true)
    if [ -n "$found" ]; then
        echo "includes that point up from $1:"
        echo "$found"
        bad=1
    fi
}
check core/base 'core/(object|compiler|vm|modules)|gil|alloc|gc|server|stress'
check alloc 'core/(object|compiler|vm|modules)|gil|gc|server|stress'
check gil 'core/(object|compiler|vm|modules)|gc|server|stress'
check gc 'core/(object|compiler|vm|modules)|server|stress'
check core 'server|stress'
check server 'stress'
exit $bad
