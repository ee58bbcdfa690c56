#!/usr/bin/env bash
# Builds all fuzz targets as OSS-Fuzz and ClusterFuzzLite want them.
#
# Its environment is theirs: SRC (the checkout is SRC/coapspec), WORK, OUT, CC, CFLAGS, SANITIZER,
# FUZZING_ENGINE (libfuzzer or afl), LIB_FUZZING_ENGINE. Leaves in OUT, for each target: the
# fuzzer, TARGET_fuzzer_seed_corpus.zip, .dict and .options, and in OUT/lib the shared libraries that
# the machine it runs on does not have.
#
# exit: 0 built, others not
set -euo pipefail
: "${SRC:?}" "${WORK:?}" "${OUT:?}" "${CC:?}"
: "${CFLAGS=}" "${FUZZING_ENGINE:=libfuzzer}" "${LIB_FUZZING_ENGINE:=-fsanitize=fuzzer}"

# That unsigned numbers wrap is C, and hashes, generators and countdowns here mean it. OSS-Fuzz has it
# reported but not stopped at; AFL++ stops at any report, so before the first input.
[ "${SANITIZER:=address}" != undefined ] || CFLAGS+=' -fno-sanitize=unsigned-integer-overflow'

top=$SRC/coapspec
build=$WORK/build
[ -x "$top/configure" ] || (cd "$top" && mkdir -p m4 && autoreconf -i)
mkdir -p "$build" "$OUT/lib"
cd "$build"
# Sanitizers are in CFLAGS already. ($ORIGIN is the dynamic linker's.)
# shellcheck disable=SC2016
"$top/configure" CC="$CC" CFLAGS="$CFLAGS" LIB_FUZZING_ENGINE="$LIB_FUZZING_ENGINE" \
  LDFLAGS='-Wl,-rpath,\$$ORIGIN/lib' --disable-shared --disable-tests \
  --enable-fuzzers="$FUZZING_ENGINE" --with-tls=gnutls
mapfile -t targets < <(find "$top/fuzz/targets" -name '*.c' -exec basename {} .c \; | sort)
mapfile -t fuzzers < <(printf 'fuzz/%s_fuzzer\n' "${targets[@]}")
make -j"$(nproc)" fuzz/session-convert "${fuzzers[@]}"
"$top/fuzz/tools/build_corpus.sh" fuzz/session-convert "$top/corpus" "$WORK/corpus"

for target in "${targets[@]}"; do
  name=${target}_fuzzer
  cp "fuzz/$name" "$OUT/"
  (cd "$WORK/corpus/$target" && find . -type f | sort | zip -q -X "$OUT/${name}_seed_corpus.zip" -@)
  cp "$top/corpus/dictionaries/$target.dict" "$OUT/$name.dict"
  {
    printf '[libfuzzer]\nmax_len = 16384\ndict = %s.dict\n' "$name"
    # GnuTLS is not ours to look for leaks in (fuzz/targets/foreign_leaks.h).
    ! grep -q foreign_leaks.h "$top/fuzz/targets/$target.c" || printf 'detect_leaks = 0\n'
  } >"$OUT/$name.options"
done
# All but what belongs to the C library is taken along.
ldd "$OUT"/*_fuzzer | awk '/=> \// { print $3 }' | sort -u |
  grep -vE '/(ld-linux|lib(c|m|dl|rt|pthread|gcc_s|resolv|stdc\+\+))[.-]' |
  while IFS= read -r library; do cp -L "$library" "$OUT/lib/"; done
