# What the tests of the two programs share; sourced, never run.
# shellcheck shell=bash
# shellcheck disable=SC2034  # variables are for those who source this

: "${top_srcdir:?run by make check}" "${top_builddir:?run by make check}"
# shellcheck source-path=SCRIPTDIR source=../../ci/lib/tap.sh
. "$top_srcdir/ci/lib/tap.sh"

server=$top_builddir/coapspec-server
client=$top_builddir/coapspec-client
work=$(mktemp -d)
started=()

clean_up() {
  [ "${#started[@]}" -eq 0 ] || kill "${started[@]}" 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT

# wait_for TRIES COMMAND... : until the command succeeds, ten times a second.
wait_for() {
  local tries=$1
  shift
  while ! "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.1
  done
}

# start_own [OPTION...] : our server on a free port of 127.0.0.1; sets $uri and $own_pid.
start_own() {
  : >"$work/ready"
  "$server" -A 127.0.0.1 -p 0 "$@" >"$work/ready" 2>"$work/server.log" &
  own_pid=$!
  started+=("$own_pid")
  wait_for 100 grep -q listening "$work/ready" || {
    cat "$work/server.log"
    return 1
  }
  uri=$(sed -n 's|^coapspec-server: listening on \(coap://.*\)|\1|p' "$work/ready")
}

# is_bound PORT : for UDP and for TCP, to anything.
is_bound() {
  local word
  word=$(printf ':%04X ' "$1")
  grep -q -- "$word" /proc/net/udp && grep -q -- "$word" /proc/net/tcp
}

# free_port : sets $port to one that is free, as is the next; none that the kernel gives away by
# itself, lest another process gets it before who is started with it.
free_port() {
  local word next
  while :; do
    port=$((15000 + RANDOM % 16000))
    word=$(printf ':%04X ' "$port")
    next=$(printf ':%04X ' "$((port + 1))")
    cat /proc/net/{udp,udp6,tcp,tcp6} 2>/dev/null | grep -qE -- "$word|$next" || return 0
  done
}

# is_text WANTED COMMAND... : succeeds and prints exactly that.
is_text() {
  local wanted=$1 got
  shift
  "$@" >"$work/got" || { echo "exit code $? from: $*"; return 1; }
  got=$(cat "$work/got")
  [ "$got" = "$wanted" ] || { printf 'wanted: %s\ngot: %s\n' "$wanted" "$got"; return 1; }
}

# has_text PATTERN COMMAND... : succeeds and prints a line that matches.
has_text() {
  local pattern=$1
  shift
  "$@" >"$work/got" || { echo "exit code $? from: $*"; return 1; }
  grep -qE -- "$pattern" "$work/got" || { cat "$work/got"; return 1; }
}

# fails CODE PATTERN COMMAND... : that exit code, nothing on stdout, one line on stderr that matches.
fails() {
  local wanted=$1 pattern=$2 code=0
  shift 2
  "$@" >"$work/out" 2>"$work/err" || code=$?
  [ "$code" -eq "$wanted" ] || { echo "exit code $code, wanted $wanted"; cat "$work/err"; return 1; }
  [ ! -s "$work/out" ] || { echo "on stdout:"; cat "$work/out"; return 1; }
  [ "$(wc -l <"$work/err")" -eq 1 ] || { echo "not one line:"; cat "$work/err"; return 1; }
  grep -qE -- "$pattern" "$work/err" || { cat "$work/err"; return 1; }
}

# same_file A B
same_file() {
  cmp "$1" "$2"
}
