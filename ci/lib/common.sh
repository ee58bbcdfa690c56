# Shared by the commands in ci/; sourced, never run.
#
# Sets: top (the checkout), program (the name to use in messages), build_gcc, build_tls, build_fuzz,
# build_afl, build_cov, own_server, own_client, python.
# shellcheck shell=bash
# shellcheck disable=SC2034  # the variables are for those who source this

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
program=ci/$(basename "$0")
build_gcc=$top/build
build_tls=$top/build-tls
build_fuzz=$top/build-fuzz
build_afl=$top/build-afl
build_cov=$top/build-cov
own_server=$build_gcc/coapspec-server
own_client=$build_gcc/coapspec-client
# Debian's own interpreter, whatever else is first in PATH: the Debian packages belong to it.
python=/usr/bin/python3

if [ -t 2 ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
else
  bold='' red='' green='' plain=''
fi
quiet=${quiet:-no}

# One line of progress, kept out of the way of output that scripts read.
say() {
  [ "$quiet" = yes ] || printf '%s%s%s\n' "$bold" "$*" "$plain" >&2
}

# fail CODE MESSAGE : one clear line on stderr, and out.
fail() {
  local code=$1
  shift
  printf '%s%s: %s%s\n' "$red" "$program" "$*" "$plain" >&2
  exit "$code"
}

usage_error() {
  fail 2 "$* (see $program --help)"
}

# nearest WORD CANDIDATE... : the candidate with the least edits to WORD, if it is near at all.
nearest() {
  local word=$1
  shift
  printf '%s\n' "$@" | awk -v word="$word" '
    function least(a, b, c) { a = a < b ? a : b; return a < c ? a : c }
    function distance(s, t,    m, n, i, j, d) {
      m = length(s); n = length(t)
      for (i = 0; i <= m; i++) d[i, 0] = i
      for (j = 0; j <= n; j++) d[0, j] = j
      for (i = 1; i <= m; i++)
        for (j = 1; j <= n; j++)
          d[i, j] = least(d[i - 1, j] + 1, d[i, j - 1] + 1,
                          d[i - 1, j - 1] + (substr(s, i, 1) != substr(t, j, 1)))
      return d[m, n]
    }
    { d = distance(word, $0); if (NR == 1 || d < best) { best = d; name = $0 } }
    END { if (NR && best * 2 <= length(word) + 1) print name }'
}

# unknown WHAT WORD CANDIDATE... : the message for a name that is not among the candidates.
unknown() {
  local what=$1 word=$2 near
  shift 2
  near=$(nearest "$word" "$@")
  printf 'unknown %s "%s": %s' "$what" "$word" \
    "${near:+did you mean \"$near\"? }known: $(printf '%s\n' "$@" | paste -sd' ')"
}

# among WORD CANDIDATE...
among() {
  local word=$1 candidate
  shift
  for candidate; do
    [ "$candidate" != "$word" ] || return 0
  done
  return 1
}

# whole_number OPTION VALUE MINIMUM : a usage error unless VALUE is such a number.
whole_number() {
  if ! [[ $2 =~ ^[0-9]{1,7}$ ]] || [ "$((10#$2))" -lt "$3" ]; then
    usage_error "$1 wants a whole number of at least $3, not \"$2\""
  fi
}

# option_value OPTION REMAINING-ARGUMENTS : a usage error when the option's value is missing.
option_value() {
  [ "$2" -ge 2 ] || usage_error "$1 wants a value"
}

# new_file OPTION FILE : a usage error unless there is the folder that the file is to go into.
new_file() {
  [ -d "$(dirname "$2")" ] || usage_error "$1 $2: there is no folder $(dirname "$2")"
}

# Whoever asks for help gets the comment block at the top of the script.
for argument; do
  case $argument in
    --) break ;;
    --help | -h)
      sed -n '2,/^[^#]/{/^#/!d;s/^# \{0,1\}//;p}' "$0"
      exit 0
      ;;
  esac
done
unset argument

# quietly LOG WHAT COMMAND... : runs the command into LOG; on failure says where to read on.
quietly() {
  local log=$1 what=$2
  shift 2
  mkdir -p "$(dirname "$log")"
  if ! "$@" >"$log" 2>&1 </dev/null; then
    printf '%s: %s failed: %s (all of it: %s)\n' "$program" "$what" "$(reason "$log")" "$log" >&2
    return 1
  fi
}

# The line of a log that says best what went wrong.
reason() {
  local text
  text=$(sed -e 's/\x1b\[[0-9;]*[a-zA-Z]//g' "$1" | grep -v '^[[:space:]]*$' || true)
  { grep -m1 -E '(^|[^a-z-])(error|E):|Error |ABORT|cannot|not found' <<<"$text" ||
    tail -n1 <<<"$text"; } | cut -c1-300
}

cores() {
  nproc 2>/dev/null || echo 2
}

free_udp_port() {
  "$python" -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}
