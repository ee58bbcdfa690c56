# What the tests of the two programs with (D)TLS share; sourced after programs_lib.sh, never run.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # variables are for those who source this, and of programs_lib.sh

# certificate NAME DAYS [CA] : $work/NAME.pem and .key, signed by a CA or by itself.
certificate() {
  local name=$1 days=$2 ca=${3:-}
  local sign=()
  openssl ecparam -name prime256v1 -genkey -noout -out "$work/$name.key" 2>/dev/null
  [ -z "$ca" ] || sign=(-CA "$work/$ca.pem" -CAkey "$work/$ca.key")
  openssl req -new -key "$work/$name.key" -subj "/CN=$name" -out "$work/$name.csr" 2>/dev/null
  if [ -z "$ca" ]; then
    openssl x509 -req -in "$work/$name.csr" -signkey "$work/$name.key" -days "$days" \
      -extfile <(echo 'basicConstraints=critical,CA:TRUE') -out "$work/$name.pem" 2>/dev/null
  else
    openssl x509 -req -in "$work/$name.csr" "${sign[@]}" -CAcreateserial -days "$days" \
      -extfile <(echo "subjectAltName=DNS:$name,IP:127.0.0.1") -out "$work/$name.pem" 2>/dev/null
  fi
}

# start_secure [OPTION...] : our server; sets $coaps, $coaps_tcp and $coaps_ws.
start_secure() {
  local port
  start_own -S 0 "$@"
  wait_for 100 grep -q 'coaps+ws' "$work/ready"
  port=$(sed -n 's|^.*listening on coaps://127.0.0.1:||p' "$work/ready")
  coaps=coaps://127.0.0.1:$port
  coaps_tcp=coaps+tcp://127.0.0.1:$port
  coaps_ws=$(sed -n 's|^.*listening on \(coaps+ws://.*\)|\1|p' "$work/ready")
}

stop_own() {
  kill "$own_pid"
  wait "$own_pid" || true
}

ours() {
  "$client" -B 20 "$@"
}
