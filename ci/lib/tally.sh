# Counting tests, whatever counted them; sourced after common.sh, never run.
#
# Each suite runs into out/logs/NAME.log; its numbers are added up in total_*.
# shellcheck shell=bash
# shellcheck disable=SC2154  # common.sh and the caller set what is not set here

total_passed=0
total_failed=0
total_skipped=0

# count NAME PASSED FAILED SKIPPED SECONDS : one line of the table on the console.
count() {
  local colour=$green
  [ "$3" -eq 0 ] || colour=$red
  total_passed=$((total_passed + $2))
  total_failed=$((total_failed + $3))
  total_skipped=$((total_skipped + $4))
  printf '%s%-30s %5d passed %4d failed %4d skipped  %4d s%s\n' \
    "$colour" "$1" "$2" "$3" "$4" "$5" "$plain"
}

# The readers: each prints "PASSED FAILED SKIPPED" of one kind of log.

numbers_automake() {
  awk '/^# PASS: /  { passed += $3 } /^# XFAIL: / { passed += $3 }
       /^# SKIP: /  { skipped += $3 }
       /^# (FAIL|XPASS|ERROR): / { failed += $3 }
       END { print passed + 0, failed + 0, skipped + 0 }' "$1"
}

numbers_tap() {
  awk '/^ok .*# SKIP/ { skipped++; next } /^ok / { passed++ }
       /^not ok .*# TODO/ { passed++; next } /^not ok / { failed++ }
       END { print passed + 0, failed + 0, skipped + 0 }' "$1"
}

# The last line of pytest, as "3 failed, 52 passed, 1 skipped in 4.20s".
numbers_pytest() {
  tail -n1 "$1" | awk '
    { for (i = 2; i <= NF; i++) { word = $i; sub(/,$/, "", word); n[word] += $(i - 1) } }
    END { print n["passed"] + n["xfailed"], n["failed"] + n["error"] + n["errors"] + n["xpassed"],
                n["skipped"] + 0 }'
}

numbers_selftest() {
  awk 'match($0, /mutants: [0-9]+/) { mutants = substr($0, RSTART + 9, RLENGTH - 9) }
       match($0, /caught: [0-9]+/) { caught = substr($0, RSTART + 8, RLENGTH - 8) }
       match($0, /false alarms: [0-9]+/) { alarms = substr($0, RSTART + 14, RLENGTH - 14) }
       END { print caught + 0, mutants - caught + alarms, 0 }' "$1"
}

# The JSON of "conformance/coapspec server": every case is a test, an expected verdict a pass.
numbers_conformance() {
  "$python" - "${1%.log}.json" <<'PYTHON'
import collections, json, sys
try:
    cases = [case for run in json.load(open(sys.argv[1]))["runs"] for case in run["cases"]]
except (OSError, ValueError, KeyError):
    cases = []
n = collections.Counter(case["verdict"].lower() for case in cases)
print(n["pass"] + n["warn"] + n["xfail"], n["fail"] + n["xpass"] + n["error"],
      n["skip"] + n["inconclusive"])
PYTHON
}

numbers_command() {
  echo '1 0 0'
}

# log_of NAME
log_of() {
  local log
  log=$logs/$(tr -cs 'a-zA-Z0-9\n' - <<<"$1").log
  echo "${log/%-.log/.log}"
}

# report NAME KIND EXIT-CODE SECONDS : counts what the suite's log says, as KIND has it. A command
# that failed without a failed test to show for it, or that ran no test at all, is one failure.
report() {
  local name=$1 kind=$2 code=$3 log passed failed skipped
  log=$(log_of "$name")
  read -r passed failed skipped < <("numbers_$kind" "$log")
  if [ "$code" -ne 0 ] && [ "$failed" -eq 0 ]; then
    failed=1
    [ "$kind" != command ] || passed=0
  elif [ $((passed + failed)) -eq 0 ]; then
    failed=1
  fi
  count "$name" "$passed" "$failed" "$skipped" "$4"
  if [ "$failed" -ne 0 ]; then
    printf '  exit code %s, log %s, which ends:\n' "$code" "${log#"$top"/}"
    grep -E '^(not ok|FAIL|ERROR|FAILED)' "$log" | head -n 20 | sed 's/^/    /' || true
    tail -n 8 "$log" | sed 's/^/    /'
  fi
}

# suite NAME KIND COMMAND... : runs the command into its log and reports.
suite() {
  local name=$1 kind=$2 began=$SECONDS code=0
  shift 2
  say "running: $name"
  "$@" >"$(log_of "$name")" 2>&1 </dev/null || code=$?
  report "$name" "$kind" "$code" $((SECONDS - began))
}

aside=() # names and kinds of the suites that wait for rejoin()
aside_pids=()

# beside NAME KIND FUNCTION [ARGUMENT...] -- NAME KIND ... : runs these suites, one after the other,
# in the background, with less right to the cores than what comes next. Called again, it is one more
# row of suites beside the first.
beside() {
  local name kind words=() all=() names=()
  while [ $# -gt 0 ]; do
    name=$1 kind=$2
    shift 2
    words=()
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
      words+=("$1")
      shift
    done
    [ $# -eq 0 ] || shift
    aside+=("$name" "$kind")
    names+=("$name")
    all+=("$name" "${#words[@]}" "${words[@]}")
  done
  say "running in the background: $(printf '%s\n' "${names[@]}" | paste -sd';')"
  set -m # a process group of its own, which can be ended as one
  run_aside "${all[@]}" &
  aside_pids+=("$!")
  set +m
}

# run_aside (NAME COUNT WORD...)... : leaves exit code and seconds beside each log.
run_aside() {
  local name count began code
  renice -n 10 "$BASHPID" >/dev/null
  while [ $# -gt 0 ]; do
    name=$1 count=$2 began=$SECONDS code=0
    shift 2
    "${@:1:count}" >"$(log_of "$name")" 2>&1 </dev/null || code=$?
    shift "$count"
    echo "$code $((SECONDS - began))" >"$(log_of "$name").end"
  done
}

# rejoin : waits for them, and reports.
rejoin() {
  local i code seconds
  say "waiting for what runs in the background"
  wait "${aside_pids[@]}" || true
  aside_pids=()
  for ((i = 0; i < ${#aside[@]}; i += 2)); do
    code=1 seconds=0
    read -r code seconds <"$(log_of "${aside[i]}").end" || true
    report "${aside[i]}" "${aside[i + 1]}" "$code" "$seconds"
  done
}
