#!/usr/bin/env bash
# Every file that the documents name exists.
cd "$(dirname "$0")/../.."
bad=0
for document in README.md docs/*.md */README.md; do
    [ -f "$document" ] || continue
    for path in $(grep -oE '`[a-z_]+(/[A-Za-z_0-9.-]+)+`' "$document" | tr -d '`' | sort -u); do
        case "$path" in
        build/* | */NAME* | usr/* | application/* | text/*) continue ;;
        esac
        [ -e "$path" ] || { echo "$document names $path, which does not exist"; bad=1; }
    done
done
exit $bad
