# Checks that print TAP, so that each one is counted; sourced, never run.
# shellcheck shell=bash

tap_count=0
tap_failed=0

tap_result() {
  tap_count=$((tap_count + 1))
  printf '%s %d - %s\n' "$1" "$tap_count" "$2"
}

# check NAME COMMAND... : one test; what the command prints is shown when it fails. Not written as
# "if output=...": a condition switches set -e off in functions, and a step that fails inside one
# would go unnoticed.
check() {
  local name=$1 output code
  shift
  set +e
  output=$(
    set -e
    "$@" 2>&1 </dev/null
  )
  code=$?
  set -e
  if [ "$code" -eq 0 ]; then
    tap_result ok "$name"
  else
    tap_failed=$((tap_failed + 1))
    tap_result 'not ok' "$name"
    printf '%s\n' "$output" | sed 's/^/# /'
  fi
}

# logged LOG COMMAND... : what the command prints goes to the file, and is shown when it fails.
logged() {
  local log=$1
  shift
  "$@" >"$log" 2>&1 || {
    cat "$log"
    return 1
  }
}

# skip NAME REASON
skip() {
  tap_result ok "$1 # SKIP $2"
}

# The plan, and the exit code: 1 when a check failed.
tap_end() {
  printf '1..%d\n' "$tap_count"
  [ "$tap_failed" -eq 0 ]
}
