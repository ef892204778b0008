#!/bin/sh
# Look for secrets with Talisman (it must be on the PATH), as CI does.
#
#   scripts/talisman.sh        every file of the newest commit
#   scripts/talisman.sh BASE   every commit since BASE, also what a later one took out again
#
# Talisman's push hook looks at what changed between two commits, but reads the files of the one that is checked out;
# so each commit is checked out in turn, in a clone beside this one, with the newest .talismanrc.
set -eu

nothing=0000000000000000000000000000000000000000
newest=$(git rev-parse HEAD)
if [ $# -eq 0 ]; then
  echo "HEAD $newest HEAD $nothing" | talisman --githook pre-push
  exit
fi

base=$(git rev-parse "$1")
clone=$(mktemp -d)
trap 'rm -rf "$clone"' EXIT
git clone --quiet --no-checkout "$(git rev-parse --show-toplevel)" "$clone"
cd "$clone"
for commit in $(git rev-list "$base..$newest"); do
  git checkout --quiet --force --detach "$commit"
  git checkout --quiet "$newest" -- .talismanrc
  echo "HEAD $commit HEAD $(git rev-parse "$commit~1")" | talisman --githook pre-push
done
