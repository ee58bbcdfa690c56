#!/usr/bin/env bash
# coapspec-workers: several processes share a port, each client belongs to one of them; a process that
# does not share finds the port taken. TAP. Run by make check.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=programs_lib.sh
. "$(dirname "$0")/programs_lib.sh"

workers=$top_builddir/coapspec-workers
clients=64

start_workers() {
  free_port
  : >"$work/ready" # what the last ones said, before those of now can have
  "$workers" -A 127.0.0.1 -p "$port" -n 2 >"$work/ready" 2>"$work/workers.log" &
  workers_pid=$!
  started+=("$workers_pid")
  wait_for 100 grep -q '2 workers listen' "$work/ready" || { cat "$work/workers.log"; return 1; }
}

# both_answer SCHEME : of so many clients, each process has some.
both_answer() {
  local i
  for ((i = 0; i < clients; i++)); do
    "$client" "$1://127.0.0.1:$port/hello"
    echo
  done | sort -u >"$work/who"
  printf 'hello from worker 0\nhello from worker 1\n' | diff - "$work/who"
}

# SIGTERM ends all of them, and the parent ends well.
ends_whole() {
  start_workers
  kill "$workers_pid"
  wait "$workers_pid"
  wait_for 50 is_free
}

# Processes that were started later have their part, too.
two_more_share() {
  local pid
  "$workers" -A 127.0.0.1 -p "$port" -n 2 >"$work/more" &
  pid=$!
  wait_for 50 grep -q '2 workers listen' "$work/more"
  kill "$pid"
  wait "$pid"
}

is_free() {
  ! is_bound "$port"
}

# A worker that is killed is missed, and the others end, too.
misses_a_worker() {
  local code=0
  start_workers
  kill -KILL "$(cut -d' ' -f1 "/proc/$workers_pid/task/$workers_pid/children")"
  wait "$workers_pid" || code=$?
  [ "$code" -eq 1 ] || { echo "exit code $code"; return 1; }
  grep -q 'has ended' "$work/workers.log"
  wait_for 50 is_free
}

start_workers
check 'workers: both processes answer over UDP' both_answer coap
check 'workers: both processes answer over TCP' both_answer coap+tcp
check 'workers: who does not share the port cannot have it' \
  fails 1 'already in use' "$server" -A 127.0.0.1 -p "$port"
check 'workers: two more share it' two_more_share
check 'workers: SIGTERM ends all of them' ends_whole
check 'workers: one that has ended is missed' misses_a_worker
check 'workers: no worker at all is a mistake' fails 2 'not a number from 1 to 64' "$workers" -n 0
tap_end
