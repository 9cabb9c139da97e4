#!/bin/bash
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# unit.sh BUILD: runs the unit tests of a build and passes their TAP on. A program that dies without saying which test
# failed is a failed test of its own.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
export CMOCKA_MESSAGE_OUTPUT=TAP SOURCE_ROOT=$root TZ=UTC LC_ALL=C
export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export TSAN_OPTIONS=halt_on_error=1

found=0
for program in "$1"/tests/unit/test_*; do
    if [ ! -f "$program" ] || [ ! -x "$program" ]; then
        continue
    fi
    found=1
    name=$(basename "$program")
    out=$("$program" 2>&1)
    status=$?
    printf '%s\n' "$out" | sed "s/^\(ok\|not ok\) \([0-9]*\) - /\1 \2 - $name: /"
    if [ "$status" -ne 0 ] && ! printf '%s\n' "$out" | grep -q '^not ok'; then
        printf 'not ok - %s ended with status %d\n' "$name" "$status"
    fi
done
[ "$found" = 1 ]
