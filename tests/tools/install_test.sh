#!/usr/bin/env bash
# cmake --install into a scratch folder: what is there, that it works from there, that the man pages
# can be read, and what the completions offer.
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

prefix=$scratch/usr
cmake --install "$(dirname "$tlbmc")" --prefix "$prefix" > "$scratch/log" || fail "$(cat "$scratch/log")"
tool=$prefix/bin/tlbmc
"$tool" validate "$prefix"/share/tlbmc/cases/{placements,machines,suites,questions}/*.json > /dev/null
for file in share/doc/tlbmc/tutorial.md share/doc/tlbmc/LICENSE share/tlbmc/ci/github-workflow.yml \
  share/tlbmc/cases/schema/placement.schema.json share/zsh/site-functions/_tlbmc; do
  [[ -f $prefix/$file ]] || fail "$file is not installed"
done
[[ -x $prefix/share/tlbmc/ci/kernel-ci-job.sh ]] || fail "the job cannot be run"

# The job: KTAP and nothing else.
SUITE=$source_tree/tests/suites/small.json TLBMC=$tool OUT=$scratch/out \
  "$prefix/share/tlbmc/ci/kernel-ci-job.sh" > "$scratch/ktap" 2> /dev/null || fail "the job"
[[ $(head -n 2 "$scratch/ktap") == $'KTAP version 1\n1..12' ]] || fail "$(head "$scratch/ktap")"
grep -q '<svg' "$scratch/out/result.html" || fail "no page"

commands=$("$tool" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
[[ $(wc -w <<< "$commands") == 13 ]] || fail "commands: $commands"

# completed WORD...: what bash offers for the last word.
# shellcheck source=/dev/null
. "$prefix/share/bash-completion/completions/tlbmc"
completed() {
  COMP_WORDS=("$tool" "$@") COMP_CWORD=$#
  _tlbmc
  printf '%s\n' "${COMPREPLY[@]}"
}
[[ $(completed ve) == verify ]] || fail "bash: a command"
for command in $commands; do
  options=$("$tool" "$command" --help | grep -Eo '^  (-[a-z],)?--[a-z-]+' | grep -Eo -- '--[a-z-]+' | sort)
  [[ $(completed "$command" -- | sort) == "$options" ]] || fail "bash: options of $command"
done
[[ $(completed verify --format j | sort | xargs) == "json junit" ]] || fail "bash: formats"
[[ $(completed verify --property no-m) == no-mixed-mapping ]] || fail "bash: properties"
[[ $(completed schema mach) == machine ]] || fail "bash: kinds"
cd "$source_tree"
[[ $(completed verify cases/placements/linux-6.12-arm64.j) == cases/placements/linux-6.12-arm64.json ]] ||
  fail "bash: files"
if command -v zsh > /dev/null; then
  zsh -n "$prefix/share/zsh/site-functions/_tlbmc" || fail "zsh: syntax"
else
  echo "NOT TESTED: zsh is not installed" >&2
fi

command -v help2man > /dev/null || skip "no man pages: help2man is not installed"
for name in tlbmc $(sed 's/^/tlbmc-/' <<< "$commands"); do
  page=$prefix/share/man/man1/$name.1
  [[ -f $page ]] || fail "$name.1 is not installed"
  grep -q "^$name \\\\- " "$page" || fail "$name.1 is named otherwise"
  for part in NAME SYNOPSIS DESCRIPTION OPTIONS; do
    grep -q "^.SH $part" "$page" || fail "$name.1 has no $part"
  done
done
if command -v groff > /dev/null; then
  said=$(groff -man -ww -W break -z "$prefix"/share/man/man1/*.1 2>&1)
  [[ -z $said ]] || fail "groff: $said"
fi
