# Configuring and building trees beside the sources; sourced after common.sh, never run. Logs go to
# $logs, and whoever holds a lock holds it as descriptor 9.
# shellcheck shell=bash
# shellcheck disable=SC2154  # the caller sets logs

# made_configure : there is a configure to run.
made_configure() {
  [ ! -x "$top/configure" ] || return 0
  say "making configure"
  mkdir -p "$top/m4" # aclocal warns when it has to make it itself
  (cd "$top" && quietly "$logs/autoreconf.log" autoreconf autoreconf -i)
}

# configured DIRECTORY ARGUMENT... : configures unless it was done with these very arguments.
configured() {
  local dir=$1 stamp
  shift
  stamp=$dir/configured-with
  if [ -f "$dir/Makefile" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$*" ]; then
    return
  fi
  say "configuring ${dir#"$top"/}/"
  mkdir -p "$dir"
  (
    cd "$dir" || exit 1
    quietly "$logs/configure-$(basename "$dir").log" "configure in $dir" "$top/configure" "$@"
  )
  printf '%s\n' "$*" >"$stamp"
}

built() {
  local dir=$1
  quietly "$logs/make-$(basename "$dir").log" "make in $dir" \
    make -C "$dir" -j"$(cores)" "${@:2}" 9>&-
}
