#!/usr/bin/env bash
# Plants each fault of core/base/mutants.def in a build of its own and runs what should find it, for at most 60
# seconds: stress scenarios in the torture build, then under ThreadSanitizer. Prints the score.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
wanted=("$@")
[ ${#wanted[@]} -gt 0 ] || mapfile -t wanted < <(grep -oE '^PLANTED\([a-z_]+' core/base/mutants.def | cut -d'(' -f2)
no_aslr=""
setarch -R true 2>/dev/null && no_aslr="setarch -R"

build() { # DIRECTORY MUTANT [cmake options]
    local dir=$1 mutant=$2
    shift 2
    cmake -S . -B "$dir" -G Ninja -DCMAKE_BUILD_TYPE=Release -DADDER_DEBUG=ON -DADDER_TESTS=OFF \
        -DADDER_MUTANT="$mutant" "$@" >/dev/null &&
        cmake --build "$dir" --target addert addert-stress >/dev/null
}

found=0
for mutant in "${wanted[@]}"; do
    printf '%-24s' "$mutant"
    verdict="SURVIVED"
    for tool in torture tsan; do
        options=(-DADDER_TORTURE=ON)
        [ "$tool" = tsan ] && options=(-DADDER_SANITIZE=thread)
        build "build/mutant-$tool" "$mutant" "${options[@]}" || { verdict="does not build"; break; }
        begin=$SECONDS
        for scenario in hand_over cross_thread_free shared_list shared_dict cycles locks queue_hand_over attributes; do
            left=$((60 - (SECONDS - begin)))
            [ $left -gt 3 ] || break
            prefix=""
            [ "$tool" = tsan ] && prefix=$no_aslr
            if ! TSAN_OPTIONS="halt_on_error=1 exitcode=66" timeout "$left" $prefix "build/mutant-$tool/addert" stress \
                "$scenario" --threads 4 --seconds 6 >"build/mutant-$tool/log" 2>&1; then
                verdict="found by $scenario, $tool build, after $((SECONDS - begin)) s"
                break 2
            fi
        done
    done
    echo "$verdict"
    case "$verdict" in found*) found=$((found + 1)) ;; esac
done
echo "$found of ${#wanted[@]} found"
[ "$found" -eq ${#wanted[@]} ]
