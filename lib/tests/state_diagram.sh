#!/usr/bin/env bash
# The committed picture of the session's states is the table's. TAP. Run by make check.
set -euo pipefail
: "${top_srcdir:?run by make check}" "${top_builddir:?run by make check}"
# shellcheck source-path=SCRIPTDIR source=../../ci/lib/tap.sh
. "$top_srcdir/ci/lib/tap.sh"

picture=$top_srcdir/lib/man/coap_session_states
drawn=$(mktemp)
trap 'rm -f "$drawn"' EXIT

is_current() {
  "$top_builddir/lib/man/state_diagram" >"$drawn"
  diff "$picture.dot" "$drawn" || {
    echo 'lib/man/coap_session_states.dot is not what the table says: make diagram'
    return 1
  }
}

# The names of the states, as the table has them.
states() {
  sed -n 's/^FSM_STATE(\([A-Z_]*\),.*/\1/p' "$top_srcdir/lib/session/session_fsm.def"
}

shows_every_state() {
  local state
  while IFS= read -r state; do
    grep -q "<title>$state</title>" "$picture.svg" || {
      echo "lib/man/coap_session_states.svg has no $state: make diagram"
      return 1
    }
  done < <(states)
}

# The SVG is made by dot, whose versions place things differently: its edges are compared only.
has_the_edges_of_the_graph() {
  diff <(sed -n 's/^  \([A-Z_]*\) -> \([A-Z_]*\) .*/\1 \2/p' "$picture.dot" | sort) \
    <(sed -n 's/^<title>\([A-Z_]*\)&#45;&gt;\([A-Z_]*\)<.*/\1 \2/p' "$picture.svg" | sort)
}

check 'the graph is what the table says' is_current
check 'the picture shows every state' shows_every_state
check 'the picture has the edges of the graph' has_the_edges_of_the_graph
tap_end
