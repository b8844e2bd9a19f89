# SPDX-License-Identifier: Apache-2.0
# Sourced by ./dev and .ci/run: runs named steps, goes on after a failure and adds up the counts.
# Convention: a step that runs tests ends its output with "N passed, N failed". A step without that
# line counts as one; a step that ran nothing, or exits non-zero with no failure counted, is a
# failure.
steps_passed=0
steps_failed=0
steps_started=$SECONDS
steps_logs=${steps_logs:-build/logs}
steps_summary=()

elapsed() {
    printf '%d:%02d' $(($1 / 60)) $(($1 % 60))
}

# step NAME COMMAND...
step() {
    local name=$1 log status passed failed verdict started=$SECONDS
    shift
    mkdir -p "$steps_logs"
    log=$steps_logs/$(tr -c 'a-z0-9\n' '_' <<<"${name,,}").log
    rm -f "$log.status"
    printf '\n==== %s  [%s]\n' "$name" "$(elapsed $((SECONDS - steps_started)))"
    { "$@" </dev/null 2>&1 || echo "$?" >"$log.status"; } | tee "$log"
    status=$(cat "$log.status" 2>/dev/null || echo 0)
    rm -f "$log.status"
    read -r passed failed < <(step_counts "$log" "$status")
    steps_passed=$((steps_passed + passed))
    steps_failed=$((steps_failed + failed))
    verdict=ok
    [ "$failed" = 0 ] || verdict=FAILED
    steps_summary+=("$(printf '%-6s %6s  %5d passed, %d failed  %s' "$verdict" \
        "$(elapsed $((SECONDS - started)))" "$passed" "$failed" "$name")")
}

# step_counts LOG STATUS: the step's "passed failed".
step_counts() {
    local line passed=0 failed=0
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$1" | tail -n 1) || true
    if [ -n "$line" ]; then
        read -r passed _ failed _ <<<"$line"
    elif [ "$2" = 0 ]; then
        passed=1
    fi
    if [ "$failed" = 0 ] && { [ "$2" != 0 ] || [ "$passed" = 0 ]; }; then
        failed=1
    fi
    echo "$passed $failed"
}

# Prints the table and the closing line; its status is that of the whole run.
finish_steps() {
    printf '\n==== summary  [%s]\n' "$(elapsed $((SECONDS - steps_started)))"
    printf '%s\n' "${steps_summary[@]}"
    printf '%d passed, %d failed\n' "$steps_passed" "$steps_failed"
    [ "$steps_failed" = 0 ] && [ "$steps_passed" -gt 0 ]
}
