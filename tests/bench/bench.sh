#!/bin/bash
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# bench.sh small|full [TABLE]: how long check and build take, and how much memory. Every time is measured next to that of
# something everybody knows, doing as much of the same as it can, in the same run: the ratio is what can be compared
# between machines. A target that is missed is shown, never a failure; a program that fails is one. TABLE is written in
# Markdown. BUILD names the build that is measured.
set -u
cd "$(dirname "$0")/../.." || exit 2
# shellcheck source=tests/lib/suite.sh
. tests/lib/suite.sh

breakroom=$BUILD/breakroom
demo=${DEMO:-demo}
at=2026-12-01T12:00:00Z
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case $1 in
full) newsletters=500 references=5000 repeats=7 ;;
*) newsletters=50 references=500 repeats=1 ;;
esac
table=()

# measured WHAT COMMAND…: the median of the repeats into $ms, $cpu (ms) and $kb. False when the command fails.
measured() {
    local i runs=()
    shift
    for ((i = 0; i < repeats; i++)); do
        rm -rf "$work/out"
        "$BUILD/tests/measure" "$work/cost" "$@" >"$work/said" 2>&1 || {
            tail -n 5 "$work/said"
            return 1
        }
        runs+=("$(cut -d ' ' -f 2- "$work/cost")")
    done
    read -r ms cpu kb < <(printf '%s\n' "${runs[@]}" | sort -n | sed -n "$((repeats / 2 + 1))p")
    : "$cpu"
}

# row WHAT TARGET_MS TARGET_MB | BESIDE COMMAND…: the last measurement against the one that is made now.
row() {
    local what=$1 target_ms=$2 target_mb=$3 beside=$4 mine=$ms mine_kb=$kb verdict=held
    shift 4
    measured "$beside" "$@" || return 1
    [ "$mine" -lt "$target_ms" ] || verdict=missed
    [ "$target_mb" = - ] || [ "$mine_kb" -lt $((target_mb * 1024)) ] || verdict=missed
    [ "$target_mb" = - ] || target_mb="< $target_mb MB"
    table+=("| $what | $mine ms | < $target_ms ms | $((mine_kb / 1024)) MB | $target_mb | $verdict | $beside: $ms ms | $(ratio "$mine" "$ms") |")
    printf '%s\n' "${table[-1]}"
}

ratio() {
    awk -v a="$1" -v b="$2" 'BEGIN { if (b < 1) b = 1; printf "%.1f ×", a / b }'
}

all_sources() {
    # shellcheck disable=SC2016 # the inner shell expands it
    sh -c 'for f in "$1"/news/*.md; do cmark-gfm -e table "$f" >/dev/null || exit 1; done' sh "$1"
}
export -f all_sources

bench_demo() {
    measured build "$breakroom" build "$demo" "$work/out" --at "$at" || return 1
    cp -r "$work/out" "$work/demo-site" || return 1
    row 'build demo' 500 - 'cp -r of its site' cp -r "$work/demo-site" "$work/out"
}

bench_check() {
    measured check "$breakroom" check "$work/large" --at "$at" || return 1
    row "check $newsletters newsletters, $references references" 1000 150 'cmark-gfm, one process a newsletter' \
        bash -c "all_sources '$work/large'"
}

bench_check_cat() {
    cat "$work"/large/news/*.md >"$work/all.md"
    measured check "$breakroom" check "$work/large" --at "$at" || return 1
    row 'the same' 1000 150 'cmark-gfm, all of it as one file' cmark-gfm -e table "$work/all.md"
}

bench_build() {
    measured build "$breakroom" build "$work/large" "$work/out" --at "$at" || return 1
    cp -r "$work/out" "$work/large-site" || return 1
    row "build $newsletters newsletters" 3000 - 'cp -r of its site' cp -r "$work/large-site" "$work/out"
}

# What stands in the registers must not depend on how many newsletters there are: twice as many, about twice the time.
bench_growth() {
    local one
    measured check "$breakroom" check "$work/large" --at "$at" || return 1
    one=$ms
    cp -r "$demo" "$work/double" && "$BUILD/tests/generate" "$work/double" $((newsletters * 2)) $((references * 2)) || return 1
    measured check "$breakroom" check "$work/double" --at "$at" || return 1
    table+=("| check twice as many | $ms ms | | $((kb / 1024)) MB | | | half of it: $one ms | $(ratio "$ms" "$one") |")
    printf '%s\n' "${table[-1]}"
}

write_table() {
    {
        printf '<!-- SPDX-License-Identifier: AGPL-3.0-or-later -->\n# Measured\n\n'
        # shellcheck disable=SC2016 # Markdown's own marks
        printf 'Written by `./check bench`; each line is the median of %d runs. Times depend on the machine; the last column is\n' "$repeats"
        printf 'against a known program in the same run, and can be compared.\n\n'
        printf -- '- %s, %d cores, %s\n' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(uname -sr)"
        printf -- '- %s, %s, cmark-gfm %s\n' "$("$breakroom" --version | head -n 1)" "$(cc --version | head -n 1)" \
            "$(pkg-config --modversion libcmark-gfm)"
        printf -- '- on %s\n\n' "$(date -u +%Y-%m-%d)"
        printf '| What | Time | Target | Peak memory | Target | | Beside it | Ratio |\n|---|---|---|---|---|---|---|---|\n'
        printf '%s\n' "${table[@]}"
    } >"$1"
}

# tap runs its command in a subshell, which would lose the table.
step() {
    local what=$1
    shift
    tap_count=$((tap_count + 1))
    if "$@" >"$work/step" 2>&1; then
        printf 'ok %d - %s\n' "$tap_count" "$what"
    else
        printf 'not ok %d - %s\n' "$tap_count" "$what"
    fi
    sed 's/^/  /' "$work/step"
}

make_large() {
    cp -r "$demo" "$work/large" && "$BUILD/tests/generate" "$work/large" "$newsletters" "$references"
}

step 'a large campaign is written' make_large
step 'build of the demo' bench_demo
step 'check of a large campaign' bench_check
step 'check beside the parser alone' bench_check_cat
step 'build of a large campaign' bench_build
step 'twice as many newsletters' bench_growth
[ $# -lt 2 ] || step "$2 was written" write_table "$2"
