#!/usr/bin/env bash
# Plants each fault of core/base/mutants.def in a build of its own and runs what should find it, for at most 60
# seconds in each of two builds: torture, then ThreadSanitizer. The same runs come first without a fault and must
# be silent: what fails there finds nothing. Prints the score.
#
#   stress/mutants.sh [--no-control | --control] [NAME ...]
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
control=yes
[ "${1:-}" = --no-control ] && { control=no; shift; }
[ "${1:-}" = --control ] && control=only
wanted=("$@")
[ ${#wanted[@]} -gt 0 ] || mapfile -t wanted < <(grep -oE '^PLANTED\([a-z_]+' core/base/mutants.def | cut -d'(' -f2)
no_aslr=""
setarch -R true 2>/dev/null && no_aslr="setarch -R"

# Every scenario for a few seconds, those first that meet the lower layers most often.
scenarios=(locks hand_over cross_thread_free cycles shared_list shared_dict queue_hand_over attributes weak_references)
seconds_each=5 seconds_all=60

build() { # TOOL MUTANT
    local options=(-DADDER_TORTURE=ON)
    [ "$1" = tsan ] && options=(-DADDER_SANITIZE=thread)
    cmake -S . -B "build/mutant-$1" -G Ninja -DCMAKE_BUILD_TYPE=Release -DADDER_DEBUG=ON -DADDER_TESTS=OFF \
        -DADDER_MUTANT="$2" "${options[@]}" >/dev/null &&
        cmake --build "build/mutant-$1" --target addert addert-stress >"build/mutant-$1/build.log" 2>&1
}

# Runs the scenarios until one fails or the time is over. True: one failed; its name is in $failed, how in $how.
run_finds_something() { # TOOL
    local begin=$SECONDS prefix="" left code
    [ "$1" = tsan ] && prefix=$no_aslr
    for failed in "${scenarios[@]}"; do
        left=$((seconds_all - (SECONDS - begin)))
        [ $left -gt $((seconds_each + 5)) ] || break # a loaded machine is no find
        [ $left -gt $((seconds_each * 4)) ] && left=$((seconds_each * 4))
        TSAN_OPTIONS="halt_on_error=1 exitcode=66" timeout -k 5 "$left" $prefix "build/mutant-$1/addert-stress" \
            "$failed" --threads 4 --seconds $seconds_each >"build/mutant-$1/log" 2>&1
        code=$?
        if [ $code -ne 0 ]; then
            how=$(grep -m1 -E 'WARNING: ThreadSanitizer|check failed|lost object|FAILED' "build/mutant-$1/log" |
                sed -E 's/^adder: internal error: //; s/ \(pid=[0-9]+\)//; s/ +/ /g' | cut -c1-110)
            [ $code -eq 124 ] || [ $code -eq 137 ] && how="no end within $left s"
            after=$((SECONDS - begin))
            return 0
        fi
    done
    return 1
}

if [ $control != no ]; then
    for tool in torture tsan; do
        printf '%-22s' "without a fault, $tool"
        build $tool none || { echo "does not build"; exit 1; }
        if run_finds_something $tool; then
            echo "FALSE ALARM by $failed: $how"
            exit 1
        fi
        echo "silent"
    done
fi
[ $control = only ] && exit 0
found=0
for mutant in "${wanted[@]}"; do
    printf '%-22s' "$mutant"
    verdict="SURVIVED"
    for tool in torture tsan; do
        build $tool "$mutant" || { verdict="does not build"; break; }
        if run_finds_something $tool; then
            verdict="found by $failed, $tool build, after $after s: $how"
            break
        fi
    done
    echo "$verdict"
    case "$verdict" in found*) found=$((found + 1)) ;; esac
done
echo "$found of ${#wanted[@]} found"
[ "$found" -eq ${#wanted[@]} ]
