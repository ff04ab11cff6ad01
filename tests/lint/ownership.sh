#!/usr/bin/env bash
# Two slips that compile: returning an OWNED variable itself (it is dropped on the way out), and -fsanitize
# suppressions.
cd "$(dirname "$0")/../.."
bad=0
for file in $(git ls-files '*.c'); do
    awk -v file="$file" '
        /OWNED Ref [a-z_0-9]+/ { match($0, /OWNED Ref [a-z_0-9]+/); name = substr($0, RSTART + 10, RLENGTH - 10); owned[name] = 1 }
        /^}/ { delete owned }
        /^[ \t]*return [a-z_0-9]+;/ { match($0, /return [a-z_0-9]+/); name = substr($0, RSTART + 7, RLENGTH - 7)
            if (name in owned) { print file ":" FNR ": returns the OWNED variable " name "; use ref_take(&" name ")"; found = 1 } }
        END { exit found }' "$file" || bad=1
done
suppressions=$(git ls-files | grep -iE '(tsan|asan|lsan|ubsan).*supp|suppress.*\.txt' || true)
[ -z "$suppressions" ] || { echo "sanitizer suppression files are forbidden: $suppressions"; bad=1; }
exit $bad
