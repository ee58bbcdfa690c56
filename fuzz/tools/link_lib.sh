# Linking one more program of a built tree: for fuzz/canaries/build.sh and ci/states. Sourced, never
# run.
# shellcheck shell=bash
# shellcheck disable=SC2034  # the variables are for those who source this

# read_build_flags TOP BUILD-FOLDER [FLAG...] : sets compiler_list, flag_list (with FLAGs in front),
# engine_list, system_list and library_list, from what make has written down.
read_build_flags() {
  local top=$1 build=$2 name value library
  local compiler='' flags='' engine_flags='' system_libraries=''
  while IFS='=' read -r name value; do
    case $name in
      compiler) compiler=$value ;;
      flags) flags=$value ;;
      engine_flags) engine_flags=$value ;;
      system_libraries) system_libraries=$value ;;
    esac
  done <"$build/fuzz/build-flags"
  read -ra compiler_list <<<"$compiler"
  read -ra flag_list <<<"${*:3} $flags -I$top/lib/include -I$top/lib -I$top/fuzz -I$build"
  read -ra engine_list <<<"$engine_flags"
  read -ra system_list <<<"$system_libraries"
  library_list=()
  for library in fuzz/libharness fuzz/libprogram lib/liblogic lib/libseams-sim; do
    library_list+=("$build/$(dirname "$library")/.libs/$(basename "$library").a")
  done
}
