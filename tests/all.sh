#!/usr/bin/env bash
# Everything CI runs, in order; stops at the first failure. `./dev test --all` installs what it needs first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '\n== %s (%d min so far)\n' "$*" $((SECONDS / 60)); }
no_aslr=()
if setarch -R true 2>/dev/null; then no_aslr=(setarch -R); fi

configure_and_build() {
    cmake --preset "$1" >/dev/null
    cmake --build "build/$1" 2>&1 | grep -E 'error|warning|FAILED' -A5 || true
    cmake --build "build/$1" >/dev/null
}

tests_of() { # PRESET [ctest arguments]
    local preset=$1
    shift
    ctest --test-dir "build/$preset" --output-on-failure -j 2 "$@"
}

say "Release build; lint; every test"
configure_and_build release
tests_of release

say "Debug build: assertions, every object and block accounted for"
configure_and_build debug
tests_of debug

say "AddressSanitizer, UndefinedBehaviourSanitizer, leaks"
configure_and_build asan
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=0 UBSAN_OPTIONS=print_stacktrace=1
tests_of asan -E 'lint|compiler-'
for program in adder addert; do "build/asan/$program" stress all --seconds 2 --threads 4; done

say "ThreadSanitizer, without suppressions"
configure_and_build tsan
export TSAN_OPTIONS=halt_on_error=0:exitcode=66
"${no_aslr[@]}" ctest --test-dir build/tsan --output-on-failure -j 2 -E 'lint|compiler-'
for program in adder addert; do "${no_aslr[@]}" "build/tsan/$program" stress all --seconds 2 --threads 4; done

say "Torture: a collection at every allocation, perturbed schedules"
cmake --preset torture >/dev/null
cmake --build build/torture --target adder addert adder-stress addert-stress >/dev/null
for program in adder addert; do
    python3.11 tests/run_scripts.py --program "build/torture/$program" --timeout 1200 tests/scripts/gc tests/scripts/threads
    "build/torture/$program" stress all --seconds 2 --threads 4
done

# The same choices each time: what this refuses is the change, not an older fault found by luck. Finding those is for
# tests/fuzz/run.sh by itself.
say "Fuzzing, half a minute each"
cmake --preset fuzz >/dev/null
cmake --build build/fuzz --target fuzz_http fuzz_parser fuzz_compile >/dev/null
for target in http parser compile; do tests/fuzz/run.sh $target 30 -seed=1 >"build/fuzz/$target.log" 2>&1 || { tail -50 "build/fuzz/$target.log"; exit 1; }; done

say "Done"
