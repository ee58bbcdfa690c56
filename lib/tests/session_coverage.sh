#!/usr/bin/env bash
# Holds session_coverage.md against the header and the tests: every name has a row, every test that
# a row names exists. TAP. Run by make check.
set -euo pipefail
: "${top_srcdir:?run by make check}"
# shellcheck source-path=SCRIPTDIR source=../../ci/lib/tap.sh
. "$top_srcdir/ci/lib/tap.sh"

tests=$top_srcdir/lib/tests
table=$tests/session_coverage.md
headers=("$top_srcdir"/lib/include/coap3/coap_{event,net,session}.h)

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

# Of the events, those that a datagram session without security shows.
enumerators() {
  grep -ohE '\b(COAP_SESSION_(STATE|TYPE)_[A-Z]+|COAP_NACK_[A-Z_]+)\b' "${headers[@]}"
  grep -ohE '\bCOAP_EVENT_(SERVER_SESSION_[A-Z]+|KEEPALIVE_[A-Z]+)\b' "${headers[@]}"
}

# exists FILE TEST : the file runs that test, not only mentions it.
exists() {
  grep -qE "(_TEST|cmocka_unit_test)\($2\)" "$tests/$1.c" || {
    echo "$tests/$1.c has no test $2"
    return 1
  }
}

# is_covered NAME : declared, with a row that names tests, all of which exist, or says why not.
is_covered() {
  local row file test
  grep -qE "\b$1\b" "${headers[@]}" || { echo "$1 is in no header"; return 1; }
  row=$(grep -F "| \`$1\` |" "$table") || { echo "no row for $1 in $table"; return 1; }
  grep -qP "$named_test|\| not with UDP: ." <<<"$row" || {
    echo "neither a test nor a reason: $row"
    return 1
  }
  while IFS=: read -r file test; do
    exists "$file" "$test" || return 1
  done < <(grep -oP "$named_test" <<<"$row" | tr -d '\140')
}

while IFS= read -r name; do
  check "coap_session(3): $name" is_covered "$name"
done < <(printf '%s\n' "${functions[@]}"; enumerators | sort -u)
tap_end
