#!/bin/bash
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# bench.sh small|full [TABLE]: how fast and how large. Every figure is measured next to that of something everybody knows,
# doing as much of the same as it can, in the same run: the ratio is what can be compared between machines. A target that
# is missed is shown, never a failure; a program that fails is one. TABLE is written in Markdown. BUILD names the build.
#
# The programs beside this one print what they found as lines "row | what | ours | target | held | beside | ratio |" among
# their TAP; this one gathers them.
set -u
cd "$(dirname "$0")/../.." || exit 2
# shellcheck source=tests/lib/suite.sh
. tests/lib/suite.sh

size=$1
breakroom=$BUILD/breakroom
demo=${DEMO:-demo}
at=2026-12-01T12:00:00Z
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache # what a user of this machine has there decides nothing
export CROWDS=$work/crowds # each is written once, for all who want it
case $size in
full) newsletters=500 references=5000 repeats=7 ;;
*) newsletters=50 references=500 repeats=1 ;;
esac

# ---- commands, each run as a process of its own ----

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
}

# row WHAT TARGET_MS TARGET_MB | BESIDE COMMAND…: the last measurement against the one that is made now.
row() {
    local what=$1 target_ms=$2 target_mb=$3 beside=$4 verdict=held target ours mine=$ms mine_cpu=$cpu
    shift 4
    ours="$ms ms, CPU $cpu ms, $((kb / 1024)) MB"
    target="< $target_ms ms"
    [ "$ms" -lt "$target_ms" ] || verdict=missed
    if [ "$target_mb" != - ]; then
        [ "$kb" -lt $((target_mb * 1024)) ] || verdict=missed
        target+=", < $target_mb MB"
    fi
    measured "$beside" "$@" || return 1
    printf 'row | %s | %s | %s | %s | %s | %s, CPU %s |\n' "$what" "$ours" "$target" "$verdict" \
        "$beside: $ms ms, CPU $cpu ms" "$(ratio "$mine" "$ms")" "$(ratio "$mine_cpu" "$cpu")"
}

ratio() {
    awk -v a="$1" -v b="$2" 'BEGIN { if (b < 1) b = 1; printf "%.1f ×", a / b }'
}

all_sources() {
    # shellcheck disable=SC2016 # the inner shell expands it
    sh -c 'for f in "$1"/news/*.md; do cmark-gfm -e table "$f" >/dev/null || exit 1; done' sh "$1"
}
export -f all_sources

make_large() {
    cp -r "$demo" "$work/large" && "$BUILD/tests/generate" "$work/large" "$newsletters" "$references"
}

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

# The first build sets each leaflet, and that takes as long as the row of leaflets says; the next ones have them.
bench_build() {
    "$breakroom" build "$work/large" "$work/out" --at "$at" >"$work/said" 2>&1 || return 1
    measured build "$breakroom" build "$work/large" "$work/out" --at "$at" || return 1
    cp -r "$work/out" "$work/large-site" || return 1
    row "build $newsletters newsletters, leaflets set before" 3000 - 'cp -r of its site' cp -r "$work/large-site" "$work/out"
}

# Who leans on a figure that nearly all of them show, from a dump and from the store.
bench_impact() {
    "$breakroom" load "$work/large" --data "$work/large-data" --yes --at "$at" &&
        "$breakroom" dump --data "$work/large-data" "$work/large-dump" --at "$at" || return 1
    measured impact "$breakroom" impact "$work/large-dump" fig:signers || return 1
    row "impact over $newsletters newsletters" 50 - 'grep in its published.csv' \
        grep -c 'signers=' "$work/large-dump/published.csv"
    measured impact "$breakroom" impact --data "$work/large-data" fig:signers --at "$at" || return 1
    row 'the same, from the store' 50 - 'grep in its published.csv' grep -c 'signers=' "$work/large-dump/published.csv"
}

# Words of 25 documents of 40 pages cut and numbered, and 1,000 quotations held against their pages.
bench_quotations() {
    local times verdict=held
    times=$("$BUILD/tests/bench_quote" 25 40 1000) || return 1
    ms=$((${times% *} + ${times#* }))
    [ "$ms" -lt 500 ] || verdict=missed
    printf 'row | 1,000 quotations over 25 × 40 pages | %d ms | < 500 ms | %s | of it, cutting and numbering the words: %d ms | %s |\n' \
        "$ms" "$verdict" "${times% *}" "$(ratio "$ms" "${times% *}")"
}

# Subscribers sealed and opened on one core, beside the one call of libsodium that costs most of it.
bench_seal() {
    local seals opens bare unwrap verdict=held
    read -r seals opens bare unwrap < <("$BUILD/tests/bench_seal" $((repeats * 1000))) || return 1
    [ $((seals * 10)) -ge $((bare * 8)) ] || verdict=missed
    printf 'row | subscribers sealed a second | %d | ≥ 0.8× | %s | crypto_box_seal alone: %d/s; opened: %d/s; unwrapping a key: %d ms | %s |\n' \
        "$seals" "$verdict" "$bare" "$opens" "$unwrap" "$(awk -v a="$seals" -v b="$bare" 'BEGIN { printf "%.2f ×", a / b }')"
}

# Letters of 30 KB written and signed on one core, beside bare RSA signatures by the same library's own measure.
bench_letters() {
    local bytes with without bare verdict=held
    read -r bytes with without < <("$BUILD/tests/bench_mail" 30 "$((repeats * 500))") || return 1
    bare=$(openssl speed -seconds 1 rsa2048 2>/dev/null | awk '$1 == "rsa" && $2 == 2048 { print 1e6 / $6 }')
    [ -n "$bare" ] || return 1
    awk -v a="$with" -v b="$bare" 'BEGIN { exit !(a <= 1.35 * b) }' || verdict=missed
    printf 'row | a letter of %d KB written and signed | CPU %.0f µs (%.1f unsigned) | ≤ 1.35 signatures | %s | openssl speed rsa2048: %.0f µs | %s |\n' \
        "$((bytes / 1024))" "$with" "$without" "$verdict" "$bare" \
        "$(awk -v a="$with" -v b="$bare" 'BEGIN { printf "%.2f ×", a / b }')"
}

# What stands in the registers must not depend on how many newsletters there are: twice as many, about twice the time.
bench_growth() {
    local one
    measured check "$breakroom" check "$work/large" --at "$at" || return 1
    one=$cpu
    cp -r "$demo" "$work/double" && "$BUILD/tests/generate" "$work/double" $((newsletters * 2)) $((references * 2)) || return 1
    measured check "$breakroom" check "$work/double" --at "$at" || return 1
    printf 'row | check twice as many newsletters | CPU %d ms, %d MB | | | half of it: CPU %d ms | %s |\n' \
        "$cpu" $((kb / 1024)) "$one" "$(ratio "$cpu" "$one")"
}

# ---- programs that measure by themselves ----

# Runs one whose lines are TAP and rows; it counts as one test here, which fails when one of its own did.
program() {
    "$@" "$size" >"$work/program" 2>&1 || {
        cat "$work/program"
        return 1
    }
    grep '^row ' "$work/program"
}

# ---- the table ----

versions() {
    # shellcheck disable=SC2016 # dpkg's own marks
    dpkg-query -W -f '${Package} ${Version}, ' gcc nginx wrk postfix libmicrohttpd12 libsqlite3-0 postgresql-15 \
        libcmark-gfm0.29.0.gfm.6 libqrencode4 2>/dev/null | sed 's/, $//'
}

bench_search() {
    "$BUILD/tests/store/bench_search" "$work/large" $((repeats * 30))
}

bench_paper() {
    "$BUILD/tests/paper/try_paper" make "$work/forty.pdf" 40 || return 1
    measured read "$BUILD/tests/paper/try_paper" read "$work/forty.pdf" || return 1
    row 'text of a PDF of 40 pages' 2000 - 'pdftotext' pdftotext "$work/forty.pdf" "$work/forty.txt"
}

# A leaflet of two pages with a photo, beside reading its words back.
bench_leaflet() {
    local took computed pages beside verdict=held
    read -r took computed pages < <("$BUILD/tests/paper/bench_leaflet" "$demo" memo $((repeats * 5))) || return 1
    [ "$pages" = 2 ] || return 1
    awk -v ms="$took" 'BEGIN { exit !(ms < 100) }' || verdict=missed
    "$breakroom" leaflet "$demo" memo --at "$at" --to "$work/memo.pdf" || return 1
    measured pdftotext pdftotext "$work/memo.pdf" "$work/memo.txt" || return 1
    beside=$ms
    printf 'row | a leaflet of two pages | %s ms, CPU %s ms | < 100 ms | %s | pdftotext of it: %s ms | %s |\n' \
        "$took" "$computed" "$verdict" "$beside" "$(ratio "$took" "$beside")"
}

write_table() {
    {
        printf '<!-- SPDX-License-Identifier: AGPL-3.0-or-later -->\n# Measured\n\n'
        # shellcheck disable=SC2016 # Markdown's own marks
        printf 'Written by `./check bench`. Times depend on the machine; the last column is against a known program in the\n'
        printf 'same run, by turns, and can be compared. A figure is a median, with the middle half of the runs behind it in\n'
        printf 'brackets; "MB" is the peak of a command.\n\n'
        printf -- '- %s, %d cores, %s\n' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(uname -sr)"
        printf -- '- %s; %s\n' "$("$breakroom" --version | head -n 1)" "$(versions)"
        printf -- '- on %s; programs that were running or waited to run: %s at the start, %s at the end%s\n\n' "$(date -u +%Y-%m-%d)" \
            "$load_at_start" "$(load_now)" "$(shared_with)"
        printf '| What | Ours | Target | | Beside it | Ratio |\n|---|---|---|---|---|---|\n'
        sed 's/^row //' "$work/rows"
    } >"$1"
}

load_now() {
    cut -d ' ' -f 1 /proc/loadavg
}

# More at work than the machine has cores before we began: others were there too.
shared_with() {
    awk -v load="$load_at_start" 'BEGIN { if (load > 0.5) printf ". Others used the machine meanwhile: the CPU columns say more" }'
}

# tap runs its command in a subshell, which would lose nothing here but would hide the rows.
step() {
    local what=$1
    shift
    tap_count=$((tap_count + 1))
    if "$@" >"$work/step" 2>&1; then
        printf 'ok %d - %s\n' "$tap_count" "$what"
    else
        printf 'not ok %d - %s\n' "$tap_count" "$what"
    fi
    grep '^row ' "$work/step" >>"$work/rows"
    sed 's/^/  /' "$work/step"
}

load_at_start=$(load_now)
: >"$work/rows"
step 'pages over HTTP' program node tests/bench/pages.mjs
step 'start and rest' program node tests/bench/idle.mjs
step 'a large campaign is written' make_large
step 'build of the demo' bench_demo
step 'check of a large campaign' bench_check
step 'check beside the parser alone' bench_check_cat
step 'build of a large campaign' bench_build
step 'twice as many newsletters' bench_growth
step 'what leans on what' bench_impact
step 'durable writes' program "$BUILD/tests/store/bench_db"
step 'copies on one database' program tests/lib/postgres.sh with node tests/bench/copies.mjs
step "search of $newsletters newsletters" bench_search
step 'text of a document' bench_paper
step 'a leaflet' bench_leaflet
step 'quotations' bench_quotations
step 'sealing' bench_seal
step 'sign-ons' program node tests/bench/signons.mjs
step 'a mailing to many' program node tests/bench/million.mjs
step 'letters' bench_letters
step 'letters handed over' program node tests/bench/smtp.mjs
step 'a newsletter' program node tests/bench/newsletter.mjs
[ $# -lt 2 ] || step "$2 was written" write_table "$2"
