#!/bin/bash
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# store.sh BUILD: runs the tests of the store of a build, on SQLite and on a PostgreSQL of their own, and passes their TAP
# on. A program that dies without saying which test failed is a failed test of its own.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
if [ -z "${TEST_POSTGRES-}" ]; then
    exec "$root/tests/lib/postgres.sh" with "$0" "$@"
fi
export CMOCKA_MESSAGE_OUTPUT=TAP SOURCE_ROOT=$root TZ=UTC LC_ALL=C
export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export TSAN_OPTIONS=halt_on_error=1

found=0
for program in "$1"/tests/store/test_*; do
    if [ ! -f "$program" ] || [ ! -x "$program" ]; then
        continue
    fi
    found=1
    name=$(basename "$program")
    out=$(timeout 1200 "$program" 2>&1)
    status=$?
    # cmocka 1.1.5 calls a skipped test "not ok 4 # SKIP name"
    printf '%s\n' "$out" | sed -e "s/^not ok \([0-9]*\) # SKIP \(.*\)/ok \1 - $name: \2 # SKIP/" \
        -e "s/^\(ok\|not ok\) \([0-9]*\) - /\1 \2 - $name: /"
    if [ "$status" -ne 0 ] && ! printf '%s\n' "$out" | grep -q '^not ok [0-9]* - '; then
        printf 'not ok - %s ended with status %d\n' "$name" "$status"
    fi
done
[ "$found" = 1 ]
