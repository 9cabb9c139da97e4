#!/bin/bash
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# unit.sh BUILD: runs the unit tests of a build, two programs at a time, and passes their TAP on. A program that dies
# without saying which test failed is a failed test of its own. (unit.sh SAID PROGRAM is one of the two.)
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
export CMOCKA_MESSAGE_OUTPUT=TAP SOURCE_ROOT=$root TZ=UTC LC_ALL=C
export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export TSAN_OPTIONS=halt_on_error=1

run_one() {
    local name out status=0 seconds=$SECONDS
    name=$(basename "$1")
    out=$("$1" 2>&1) || status=$?
    out=$(printf '%s\n' "$out" | sed "s/^\(ok\|not ok\) \([0-9]*\) - /\1 \2 - $name: /")
    if [ "$status" -ne 0 ] && ! printf '%s\n' "$out" | grep -q '^not ok'; then
        out+=$'\n'"not ok - $name ended with status $status"
    fi
    printf '# %s: %d s\n%s\n' "$name" $((SECONDS - seconds)) "$out"
}

if [ $# -eq 2 ]; then
    run_one "$2" >"$1/$(basename "$2")"
    exit
fi
said=$(mktemp -d)
trap 'rm -rf "$said"' EXIT
find "$1/tests/unit" -maxdepth 1 -name 'test_*' -type f -perm -u+x -print0 | xargs -0 -r -P 2 -n 1 "$0" "$said"
cat "$said"/test_*
