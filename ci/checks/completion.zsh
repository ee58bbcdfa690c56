#!/usr/bin/env zsh
# Types the start of a command line into an interactive zsh and presses Tab;
# prints what the line has become. Called by ci/checks/install.
#
# usage: ci/checks/completion.zsh FUNCTIONS-FOLDER TEXT WANTED
#
# exit: 0 WANTED has appeared, 1 not within 20 seconds
zmodload zsh/zpty
zpty -b shell zsh -f -i
zpty -w shell "fpath=(${(q)1} \$fpath); autoload -Uz compinit; compinit -u -D; print re''ady"
seen=
for ((tenths = 0; tenths < 200; tenths++)); do
  while zpty -t shell && zpty -r shell piece; do
    seen+=$piece
  done
  if [[ $seen = *ready* && -n $2 ]]; then
    zpty -w -n shell "$2"$'\t'
    2=
  fi
  if [[ $seen = *$3* ]]; then
    exit 0
  fi
  sleep 0.1
done
print -r -- "zsh made of it: ${(V)seen}"
exit 1
