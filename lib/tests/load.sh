#!/usr/bin/env bash
# coapspec-load against coapspec-server: every task and transport, what it counts when the server
# stops, and its command line. TAP. Run by make check.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=programs_lib.sh
. "$(dirname "$0")/programs_lib.sh"

load=$top_builddir/coapspec-load

# load CONDITION OPTION... : a run on our server; CONDITION is Python about the JSON that it writes.
load() {
  local condition=$1
  shift
  "$load" -q -w 0 -j "$work/load.json" "$@" >"$work/load.out"
  holds "$condition"
}

holds() {
  python3 - "$work/load.json" "$1" <<'PYTHON'
import json, sys
said = json.load(open(sys.argv[1]))
if not eval(sys.argv[2], {"__builtins__": {"len": len, "sum": sum}}, said):
    print(f"not so: {sys.argv[2]}\n{said}")
    sys.exit(1)
PYTHON
}

# The server stands still for a while, in which its socket holds what comes. An open loop goes on
# with its clock: what was due meanwhile has waited for the rest of that time.
counts_a_stall() {
  "$load" -q -w 0 -t 2 -r 200 -j "$work/load.json" "$uri/" >"$work/load.out" &
  sleep 0.5
  kill -STOP "$own_pid"
  sleep 0.8
  kill -CONT "$own_pid"
  wait $!
  # 0.8 s of 2 s: of all requests, two fifths were due then.
  holds 'lost == 0 and answered == requests and requests > 380'
  holds 'latency_us["p90"] > 400000 and latency_us["max"] > 700000 and latency_us["p50"] < 400000'
}

gives_up() {
  kill -STOP "$own_pid"
  "$load" -q -w 0 -t 1 -T 200 -o 8 -c 8 -j "$work/load.json" "$uri/" >"$work/load.out" 2>&1 ||
    echo $? >"$work/code"
  kill -CONT "$own_pid"
  [ "$(cat "$work/code")" -eq 1 ] || { echo 'no answer, and exit code 0'; return 1; }
  holds 'answered == 0 and lost == requests and requests > 8'
}

# SIGINT ends the run, and what came is said.
ends_early() {
  "$load" -q -w 0 -t 60 -j "$work/load.json" "$uri/" >"$work/load.out" &
  sleep 0.5
  kill -INT $!
  wait $!
  holds 'answers > 0 and seconds < 30'
}

# Observers hear of a change.
counts_notifications() {
  : >"$work/load.out"
  "$load" -q -t 60 -O -c 20 -j "$work/load.json" "$uri/obs" >"$work/load.out" &
  wait_for 100 grep -q '20 sessions observe' "$work/load.out"
  "$client" -m put -e changed "$uri/obs"
  sleep 1
  kill -INT $!
  wait $!
  holds 'notifications >= 20 and len(rounds) >= 1'
}

distribution() {
  "$load" -q -w 0 -n 500 -p "$work/steps" "$uri/" >"$work/load.out"
  awk '$2 < last || $1 <= at { bad = 1 } { last = $2; at = $1 } END { exit bad || last != 1 }' \
    "$work/steps"
}

start_own "$@"
check 'closed loop on UDP' load 'answered == 2000 and lost == 0 and errors == 0' -n 2000 "$uri/"
check 'thousands of clients' load 'answered == 5000' -n 5000 -c 5000 "$uri/"
check 'clients with ports of their own' load 'answered == 500' -n 500 -c 20 -s ports "$uri/"
check 'Non-confirmable requests' load 'answered == 500' -n 500 -N "$uri/"
check 'errors are counted' load 'errors == answered == 100' -n 100 "$uri/no-such-thing"
check 'a payload' load 'answered == 100 and errors == 0' -n 100 -m put -b 100 "$uri/test"
check 'closed loop on TCP' load 'answered == 2000 and reset == 0' -n 2000 -c 4 \
  "${uri/coap:/coap+tcp:}/"
check 'a connection for each request' load 'answered == 50 and latency_us["count"] == 50' \
  -n 50 -H -c 5 "${uri/coap:/coap+tcp:}/"
check 'bodies block by block' load 'bodies == 8 and bytes > 8 * 1024 and bytes % 8 == 0' \
  -n 8 -c 4 -D "$uri/large"
check 'open loop: the rate that was asked for' load '190 <= requests <= 210 and lost == 0' \
  -t 1 -r 200 "$uri/"
check 'open loop at random times' load '120 <= requests <= 280' -t 1 -r 200 -P "$uri/"
check 'open loop: those who wait for a server that stands still are counted' counts_a_stall
check 'what is not answered is lost' gives_up
check 'SIGINT ends it early' ends_early
check 'notifications' counts_notifications
check 'the distribution rises to 1' distribution
check 'the processor time of the server' load 'server_cpu_seconds > 0' -n 2000 -i "$own_pid" "$uri/"
check 'JSON on stdout' has_text '^\{"uri": ' "$load" -w 0 -n 10 -j - "$uri/"
check 'no URI' fails 2 'one URI is wanted' "$load"
check 'a URI of another scheme' fails 2 'not a URI of' "$load" "http://127.0.0.1/"
check 'a number out of range' fails 2 '^coapspec-load: -c 0: ' "$load" -c 0 "$uri/"
check 'random times without a rate' fails 2 '-P needs a rate' "$load" -P "$uri/"
check 'a rate of bodies' fails 2 '-r goes with single requests' "$load" -D -r 5 "$uri/"
check 'coaps without a key' fails 2 'needs a key' "$load" coaps://127.0.0.1/
check 'nobody on TCP' fails 1 'no more come' "$load" -w 0 -T 100 -c 1 coap+tcp://127.0.0.1:1/
tap_end
