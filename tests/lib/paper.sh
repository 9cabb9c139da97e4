#!/bin/bash
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# paper.sh BUILD: the tests of documents of a build, one program after the other; passes their TAP on. A program that
# dies without saying which test failed is a failed test of its own.
set -u
export CMOCKA_MESSAGE_OUTPUT=TAP TZ=UTC LC_ALL=C
export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1

found=0
for program in "$1"/tests/paper/test_*; do
    if [ ! -f "$program" ] || [ ! -x "$program" ]; then
        continue
    fi
    found=1
    name=$(basename "$program")
    out=$(timeout 600 "$program" 2>&1)
    status=$?
    printf '%s\n' "$out" | sed "s/^\(ok\|not ok\) \([0-9]*\) - /\1 \2 - $name: /"
    if [ "$status" -ne 0 ] && ! printf '%s\n' "$out" | grep -q '^not ok'; then
        printf 'not ok - %s ended with status %d\n' "$name" "$status"
    fi
done
[ "$found" = 1 ]
