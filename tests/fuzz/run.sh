#!/usr/bin/env bash
# usage: tests/fuzz/run.sh http|parser|compile SECONDS [libFuzzer options]   fuzzes with one process; the corpus is kept in
# build/fuzz/corpus/NAME, what is found in build/fuzz/found/NAME. Seeds of the compiler are the repository's own
# scripts, whole and in pieces.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
name=$1 seconds=$2
shift 2
corpus=build/fuzz/corpus/$name seeds=build/fuzz/seeds/$name
mkdir -p "$corpus" "$seeds" "build/fuzz/found/$name"
options=(-max_total_time="$seconds" -timeout=60 -rss_limit_mb=3000 -print_final_stats=1
    -artifact_prefix="build/fuzz/found/$name/")
case $name in
http) cp -f tests/fuzz/http/* "$seeds" ;;
*)
    options+=(-dict=tests/fuzz/parser.dict -max_len=4096)
    python3.11 - "$seeds" <<'PY'
import glob, os, re, sys
folder = sys.argv[1]
def put(name, text, choice):
    with open(os.path.join(folder, name), "wb") as f:
        f.write(bytes([choice]) + text.encode("utf-8", "surrogateescape"))
for i, path in enumerate(sorted(glob.glob("tests/scripts/**/*.py", recursive=True) + glob.glob("tests/regression/*.py")
                                + glob.glob("examples/*.py") + glob.glob("stress/bench/**/*.py", recursive=True))):
    with open(path, encoding="utf-8", errors="surrogateescape") as f:
        text = f.read()
    pieces = re.split(r"\n(?=(?:def|class|async|if|for|while|with|try|@)\b|@)", text)
    for n, piece in enumerate(pieces):
        if len(piece) < 4000:
            put(f"{i}_{n}", piece + "\n", (0, 0x10, 3, 0x80, 6)[(i + n) % 5])
with open("tests/compiler/errors.txt", encoding="utf-8", errors="surrogateescape") as f:
    for n, line in enumerate(f):
        put(f"error_{n}", line, n % 3)
PY
    ;;
esac
exec "build/fuzz/fuzz_$name" "${options[@]}" "$@" "$corpus" "$seeds"
