#!/bin/bash
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# static.sh WHAT [BUILD]: what can be said about the source without running it. One TAP line a file or a rule.
set -u
cd "$(dirname "$0")/../.." || exit 2
# shellcheck source=tests/lib/suite.sh
. tests/lib/suite.sh

c_files() {
    find src tools tests -name node_modules -prune -o -name '*.[ch]' -print | sort
}

check_format() {
    local file
    while read -r file; do
        tap "$file is formatted" clang-format --dry-run --Werror "$file"
    done < <(c_files)
}

check_shellcheck() {
    local file
    while read -r file; do
        tap "shellcheck $file" shellcheck -x "$file"
    done < <(printf '%s\n' run check .ci/run && find tools tests -name node_modules -prune -o -name '*.sh' -print | sort)
}

check_cppcheck() {
    tap 'cppcheck finds nothing' cppcheck -j 2 --std=c11 --library=tests/lib/cppcheck.cfg --inline-suppr --quiet \
        --enable=warning,performance,portability --suppress=missingIncludeSystem --error-exitcode=1 -Isrc src tools
}

check_tidy() {
    local file
    rm -rf "$1/tidy/said"
    mkdir -p "$1/tidy/said"
    find src tools -name '*.c' -print0 | sort -z | xargs -0 -P 2 -n 1 tests/lib/tidy.sh "$1"
    while read -r file; do
        tap "clang-tidy $file" cat_unless_empty "$1/tidy/said/${file//\//_}"
    done < <(find src tools -name '*.c' | sort)
}

cat_unless_empty() {
    cat "$1" && [ ! -s "$1" ]
}

# Our own rules (CONTRIBUTING.md): what each file owes.
has_licence() {
    head -n 3 "$1" | grep -q 'SPDX-License-Identifier: AGPL-3.0-or-later'
}

# About 600, as CONTRIBUTING.md has it.
is_short() {
    [ "$(wc -l <"$1")" -le 650 ]
}

is_listed() {
    local name=${1##*/}
    grep -rqF -e "$name" -e "'${name%.c}'" --include=meson.build .
}

check_house() {
    local file
    tap 'includes point one way' "$1/tools/deps" src
    while read -r file; do
        tap "$file names its licence" has_licence "$file"
        case $file in
        src/* | tools/*) tap "$file fits in a head" is_short "$file" ;;
        esac
        case $file in
        *.c) tap "$file is listed in a meson.build" is_listed "$file" ;;
        esac
    done < <(c_files)
    while read -r file; do
        tap "$file is listed in a meson.build" is_listed "$file"
    done < <(find templates static skeleton doc/codes doc/man -type f ! -name meson.build | sort)
    for file in run check .ci/run meson.build meson_options.txt $(find src tools tests doc -name node_modules -prune -o -name meson.build -print -o -name "*.mjs" -print -o -name "*.sh" -print); do
        tap "$file names its licence" has_licence "$file"
    done
}

# scdoc writes a paragraph mark more than it needs everywhere; that is no fault of ours.
lint_manual() {
    ! mandoc -T lint -W warning "$1" | grep -v 'skipping paragraph macro'
}

check_manual() {
    local file page
    for file in doc/man/*.scd; do
        page=$1/doc/man/$(basename "$file" .scd)
        tap "$page was written" test -s "$page"
        # scdoc writes an empty paragraph behind each heading: a warning that is not ours to mend
        tap "$page is sound" mandoc -T lint -W error "$page"
    done
}

"check_$1" "${2-}"
