#!/usr/bin/env bash
# No path of one machine in tracked files.
cd "$(dirname "$0")/../.."
found=$(git grep -nE '(/w[o]rk/|/r[o]ot/|/tmp/t[o]ols)' -- . || true)
[ -z "$found" ] || { echo "$found"; exit 1; }
