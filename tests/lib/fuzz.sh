#!/bin/bash
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# fuzz.sh BUILD SECONDS: for each target, replays its corpus and every crash that was ever found, then looks for new ones
# for so long. What is new and interesting stays in build/check/corpus; a crash is kept there too, with its command.
set -u
cd "$(dirname "$0")/../.." || exit 2
# shellcheck source=tests/lib/suite.sh
. tests/lib/suite.sh
export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=0
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1


# Runs a target over files or folders that are given; with -max_total_time it goes on inventing.
run_target() {
    local target=$1 name=$2
    shift 2
    "$target" -rss_limit_mb=2048 -timeout=10 -max_len=65536 -print_final_stats=0 -verbosity=0 \
        -artifact_prefix="build/check/crashes/$name-" "$@"
}

mkdir -p build/check/crashes
for target in "$1"/tests/fuzz/fuzz_*; do
    if [ ! -f "$target" ] || [ ! -x "$target" ]; then
        continue
    fi
    name=$(basename "$target")
    name=${name#fuzz_}
    corpus=tests/fuzz/corpus/$name
    mine=build/check/corpus/$name
    mkdir -p "$mine"
    tap "$name has a corpus" test -n "$(ls -A "$corpus" 2>/dev/null)"
    tap "$name: its corpus" run_target "$target" "$name" -runs=0 "$corpus" "$mine"
    tap "$name: $2 s of new ones" run_target "$target" "$name" -max_total_time="$2" "$mine" "$corpus"
done
