# Where the fuzz targets and their corpora are; sourced after common.sh, never run.
# shellcheck shell=bash
# shellcheck disable=SC2154  # common.sh sets them

# shellcheck source-path=SCRIPTDIR source=engines.env
. "$top/ci/lib/engines.env"

target_names() {
  find "$top/fuzz/targets" -maxdepth 1 -name '*.c' -exec basename {} .c \; | sort
}

# target_binary BUILD-FOLDER TARGET
target_binary() {
  printf '%s/fuzz/%s_fuzzer\n' "$1" "$2"
}

target_replayer() {
  printf '%s/fuzz/%s_replay\n' "$build_fuzz" "$1"
}

target_replay() {
  printf '%s %s\n' "$(target_replayer "$1")" "$2"
}

target_dictionary() {
  printf '%s/corpus/dictionaries/%s.dict\n' "$top" "$1"
}

# Whether GnuTLS runs in it, whose leaks nobody looks for (targets/foreign_leaks.h).
target_leaks() {
  grep -q '^#include "targets/foreign_leaks.h"' "$top/fuzz/targets/$1.c"
}

# Whether its inputs are session programs.
target_is_of_programs() {
  grep -q '^adjust(' "$top/fuzz/targets/$1.c"
}

# The folders of stored inputs that there are for a target.
target_corpus() {
  local kind
  for kind in seeds recorded regressions reached; do
    [ ! -d "$top/corpus/$kind/$1" ] || printf '%s\n' "$top/corpus/$kind/$1"
  done
}

# target_seeds TARGET FOLDER : makes FOLDER/TARGET/, the stored inputs as engines read them.
target_seeds() {
  "$top/fuzz/tools/build_corpus.sh" "$build_fuzz/fuzz/session-convert" "$top/corpus" "$2" "$1"
}

# replay_target TARGET JSON : runs the replayer on every stored input and writes what came of it.
# One process takes them all; only when that fails is each tried alone, to name the culprits.
replay_target() {
  local target=$1 json=$2 replayer log files=() failed='' file
  replayer=$(target_replayer "$target")
  log=${json%.json}.log
  mapfile -t files < <(target_corpus "$target" | xargs -r -d '\n' -I{} find {} -type f ! -name README.md |
    sort)
  if [ "${#files[@]}" -gt 0 ] && ! "$replayer" "${files[@]}" >"$log" 2>&1 </dev/null; then
    for file in "${files[@]}"; do
      "$replayer" "$file" >/dev/null 2>&1 </dev/null ||
        failed+="${failed:+, }{\"path\": \"$file\", \"reproduce\": \"$(target_replay "$target" "$file")\"}"
    done
    # A failure that needs the inputs in a row still is one.
    [ -n "$failed" ] ||
      failed="{\"path\": \"$log\", \"reproduce\": \"$replayer (all inputs in one run)\"}"
  fi
  printf '{"target": "%s", "files": %d, "failed": [%s]}\n' "$target" "${#files[@]}" "$failed" \
    >"$json"
}

# fuzz_all DIRECTORY OPTION... : ci/fuzz with these options on each target, one per core at a time,
# each with a core for itself: executions per second stay comparable. Leaves TARGET.log, TARGET.json
# and, of those that did not end well, TARGET.failed. Whoever calls it has set up, as ci/setup does.
fuzz_all() {
  local results=$1
  shift
  # shellcheck disable=SC2016 # the inner shell's own arguments
  target_names | coapspec_is_set_up=yes xargs -P "$(cores)" -I '{}' sh -c '
    top=$1 results=$2 quiet=$3 target=$4
    shift 4
    [ "$quiet" = yes ] || echo "fuzzing $target" >&2
    "$top/ci/fuzz" "$target" --json "$results/$target.json" --quiet "$@" \
      >"$results/$target.log" 2>&1 || touch "$results/$target.failed"' \
    sh "$top" "$results" "$quiet" '{}' "$@"
}
