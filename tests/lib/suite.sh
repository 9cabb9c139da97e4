# shellcheck shell=bash
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Adds up what the tests say. A suite is a command that writes TAP lines ("ok 1 - what", "not ok 2 - what", "ok 3 - what
# # SKIP why"); everything else it prints goes to its log and is shown only when something failed.
#
# Invariant: a suite that says nothing, or ends badly without naming a test, counts as one failure. Nothing here can turn
# a failure into silence.

suite_passed=0
suite_failed=0
suite_skipped=0
suite_failures=()
suite_logs=build/check/logs

# suite NAME COMMAND…
suite() {
    suite_start "$@"
    suite_wait "$1"
}

# The two halves of it, for a suite that runs beside others. Each that was started has to be waited for.
suite_start() {
    local log
    log=$(suite_log "$1")
    shift
    mkdir -p "$suite_logs"
    (
        start=$SECONDS
        "$@" >"$log" 2>&1
        printf '%d %d\n' $? $((SECONDS - start)) >"$log.end"
    ) &
    printf '%d\n' $! >"$log.pid"
}

# For many that may run beside each other: suite_soon remembers one, suite_run runs what is remembered, in that order, one
# more at a time than there are processors: most wait for something now and then.
suite_names=()
suite_commands=()
suite_running=()

suite_soon() {
    suite_names+=("$1")
    shift
    suite_commands+=("$(printf '%q ' "$@")")
}

suite_run() {
    local lanes=$(($(nproc) + 1)) i
    for i in "${!suite_names[@]}"; do
        [ "${#suite_running[@]}" -lt "$lanes" ] || suite_reap
        suite_start "${suite_names[i]}" bash -c "${suite_commands[i]}"
        suite_running+=("${suite_names[i]}")
    done
    while [ "${#suite_running[@]}" -gt 0 ]; do
        suite_reap
    done
    suite_names=()
    suite_commands=()
}

# Waits for one of those that run, and tells of each that ended.
suite_reap() {
    local name left=()
    wait -n
    for name in "${suite_running[@]}"; do
        if [ -e "$(suite_log "$name").end" ]; then
            suite_wait "$name"
        else
            left+=("$name")
        fi
    done
    suite_running=("${left[@]}")
}

suite_log() {
    printf '%s/%s.log' "$suite_logs" "${1//[^a-z0-9]/-}"
}

suite_wait() {
    local log passed failed skipped status seconds
    log=$(suite_log "$1")
    printf '%-28s ' "$1"
    wait "$(cat "$log.pid")"
    read -r status seconds <"$log.end"
    rm -f "$log.pid" "$log.end"

    failed=$(grep -c '^not ok' "$log")
    skipped=$(grep -c '^ok .*# SKIP' "$log")
    passed=$(($(grep -c '^ok' "$log") - skipped))
    if [ "$failed" -eq 0 ] && { [ "$status" -ne 0 ] || [ $((passed + skipped)) -eq 0 ]; }; then
        printf 'not ok - %s ended with status %d and named no failed test\n' "$1" "$status" >>"$log"
        failed=1
    fi
    if [ "${CI-}" = true ]; then
        failed=$((failed + skipped))
        skipped=0
    fi
    suite_passed=$((suite_passed + passed))
    suite_failed=$((suite_failed + failed))
    suite_skipped=$((suite_skipped + skipped))
    suite_say "$passed" "$failed" "$skipped" "$seconds"
    [ "$failed" -eq 0 ] || suite_show "$1" "$log"
    ! grep -q '^ok .*# SKIP' "$log" || grep '^ok .*# SKIP' "$log" | sed 's/^/    /'
}

suite_say() {
    local line="$1 passed"
    [ "$2" -eq 0 ] || line+=", $2 FAILED"
    [ "$3" -eq 0 ] || line+=", $3 skipped"
    printf '%s  (%d s)\n' "$line" "$4"
}

# What failed, with the words around it; the end of the log when no test was named. Enough to act on without opening a
# file.
suite_show() {
    suite_failures+=("$1")
    if grep -q '^not ok .* ended with status' "$2"; then
        printf '    -- the end of %s:\n' "$2"
        grep -B 25 -A 2 '^not ok .* ended with status' "$2" | sed 's/^/    /'
    elif grep -q '^not ok' "$2"; then
        grep -A 12 '^not ok' "$2" | grep -v '^ok' | head -n 60 | sed 's/^/    /'
    fi
}

# The last line, and the exit status.
suite_finish() {
    [ "$suite_skipped" -eq 0 ] || printf '%d skipped here; with CI=true they count as failed\n' "$suite_skipped"
    [ ${#suite_failures[@]} -eq 0 ] || printf 'failed: %s (logs in %s)\n' "${suite_failures[*]}" "$suite_logs"
    printf '%d passed, %d failed\n' "$suite_passed" "$suite_failed"
    [ "$suite_failed" -eq 0 ]
}

# ---- for suites written in shell ----

tap_count=0

# tap WHAT COMMAND…: one test, which the command's exit status decides. What it prints is indented below the line.
tap() {
    local what=$1 out status=0
    shift
    out=$("$@" 2>&1) || status=$?
    tap_count=$((tap_count + 1))
    if [ "$status" -eq 0 ]; then
        printf 'ok %d - %s\n' "$tap_count" "$what"
    else
        printf 'not ok %d - %s\n' "$tap_count" "$what"
        printf '%s\n' "$out" | sed 's/^/  /'
    fi
    return 0
}
