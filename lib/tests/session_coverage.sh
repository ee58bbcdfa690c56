#!/usr/bin/env bash
# Holds session_coverage.md against the headers and the tests: every name has a row, every test that
# a row names exists, runs and passes. TAP. Run by make check.
set -euo pipefail
: "${top_srcdir:?run by make check}" "${top_builddir:?run by make check}"
# shellcheck source-path=SCRIPTDIR source=../../ci/lib/tap.sh
. "$top_srcdir/ci/lib/tap.sh"

tests=$top_srcdir/lib/tests
table=$tests/session_coverage.md
headers=("$top_srcdir"/lib/include/coap3/coap_{event,net,pdu,session}.h)
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# The page's functions; its enumerations are read from the headers.
functions=(
  coap_session_disconnected coap_session_get_addr_local coap_session_get_addr_mcast
  coap_session_get_addr_remote coap_session_get_app_data coap_session_get_context
  coap_session_get_ifindex coap_session_get_proto coap_session_get_psk_hint
  coap_session_get_psk_key coap_session_get_state coap_session_get_tls coap_session_get_type
  coap_session_reference coap_session_release coap_session_set_app_data
  coap_session_set_type_client
)

# A test as the table writes it, between backticks.
named_test='\x60[a-z_0-9]+:[A-Za-z_0-9]+\x60'

# values_of TYPE : the names of an enumeration's values.
values_of() {
  sed -n "/^typedef enum $1 {/,/^} $1;/p" "${headers[@]}" | grep -oE '\bCOAP_[A-Z_]+\b'
}

# Of the events, those that sessions show; this library refuses renegotiation.
enumerators() {
  values_of coap_proto_t
  values_of coap_session_state_t
  values_of coap_session_type_t
  values_of coap_nack_reason_t
  values_of coap_event_t | grep -E '^COAP_EVENT_(DTLS_(CON|CL|ER)|SERVER_SESSION|KEEPALIVE|SESSION|TCP|WS_C)'
}

# run_of FILE : what that test program says, run once however many rows name it.
run_of() {
  local log=$results/$1
  if [ ! -e "$log" ]; then
    CMOCKA_MESSAGE_OUTPUT=TAP timeout 120 "$top_builddir/lib/tests/$1" >"$log" 2>&1 </dev/null ||
      echo "exit code $?" >>"$log"
  fi
  cat "$log"
}

# has_passed FILE TEST : the file has that test, not only mentions it, and it ran and passed. A test
# that runs once per value has the value as the last word of its name.
has_passed() {
  local said
  grep -qE "(_TEST|cmocka_unit_test)\($2\)" "$tests/$1.c" || {
    echo "$tests/$1.c has no test $2"
    return 1
  }
  said=$(run_of "$1")
  grep -qE "^ok [0-9]+ - (.* )?$2\$" <<<"$said" || {
    printf '%s:%s did not pass:\n%s\n' "$1" "$2" "$said"
    return 1
  }
}

# is_covered NAME : declared, with a row that names tests, all of which pass.
is_covered() {
  local row file test
  grep -qE "\b$1\b" "${headers[@]}" || { echo "$1 is in no header"; return 1; }
  row=$(grep -F "| \`$1\` |" "$table") || { echo "no row for $1 in $table"; return 1; }
  grep -qP "$named_test" <<<"$row" || { echo "no test: $row"; return 1; }
  while IFS=: read -r file test; do
    has_passed "$file" "$test" || return 1
  done < <(grep -oP "$named_test" <<<"$row" | tr -d '\140')
}

# without PATTERN NAME : the same check on a table where that pattern is missing.
without() {
  sed "s/$1//" "$table" >"$results/broken.md"
  if (table=$results/broken.md && is_covered "$2"); then
    echo "a table without \"$1\" is taken for complete"
    return 1
  fi
}

while IFS= read -r name; do
  check "coap_session(3): $name" is_covered "$name"
done < <(printf '%s\n' "${functions[@]}"; enumerators | sort -u)

check 'a missing row is seen' without '^.*COAP_SESSION_STATE_CSM. .*$' COAP_SESSION_STATE_CSM
check 'a row without a test is seen' without 'message_retransmission:a_reset_ends_it' COAP_NACK_RST
check 'a test that is not there is seen' without 'get_type_of_null_is_0' COAP_SESSION_TYPE_NONE
tap_end
