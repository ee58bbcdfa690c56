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
  awk '/^ok .*# SKIP/ { skipped++; next } /^ok / { passed++ } /^not ok / { failed++ }
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

# suite NAME KIND COMMAND... : runs the command into its log and counts as KIND says. A command that
# fails without a failed test to show for it, or that ran no test at all, counts as one failure.
suite() {
  local name=$1 kind=$2 log passed failed skipped began=$SECONDS code=0
  shift 2
  log=$logs/$(tr -cs 'a-zA-Z0-9\n' - <<<"$name").log
  log=${log/%-.log/.log}
  say "running: $name"
  "$@" >"$log" 2>&1 </dev/null || code=$?
  read -r passed failed skipped < <("numbers_$kind" "$log")
  if [ "$code" -ne 0 ] && [ "$failed" -eq 0 ]; then
    failed=1
    [ "$kind" != command ] || passed=0
  elif [ $((passed + failed)) -eq 0 ]; then
    failed=1
  fi
  count "$name" "$passed" "$failed" "$skipped" $((SECONDS - began))
  if [ "$failed" -ne 0 ]; then
    printf '  exit code %s, log %s, which ends:\n' "$code" "${log#"$top"/}"
    grep -E '^(not ok|FAIL|ERROR|FAILED)' "$log" | head -n 20 | sed 's/^/    /' || true
    tail -n 8 "$log" | sed 's/^/    /'
  fi
}
