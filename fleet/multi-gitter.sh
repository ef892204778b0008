#!/usr/bin/env bash
# One step of a campaign, run by multi-gitter in a fresh clone of each repository: it changes files, and multi-gitter
# commits and opens the pull request. ANSWERS holds what the campaign switches, such as "queue=celery chat=slack", and
# DATA_FILE the path of a file with answers, such as the organisation's.
set -euo pipefail

if [ ! -f .copier-answers.yml ]; then
  echo "no project of the template"
  exit 0
fi
options=(--defaults --skip-answered)
for answer in ${ANSWERS:-}; do
  options+=("--data=$answer")
done
if [ -n "${DATA_FILE:-}" ]; then
  options+=("--data-file=$DATA_FILE")
fi
if [ -n "${ANSWERS:-}${DATA_FILE:-}" ]; then
  # At the version that the project has: a campaign does one thing.
  options+=(--vcs-ref=:current:)
fi
uvx copier@9.19.1 update "${options[@]}"
if [ -n "$(git ls-files --unmerged)" ]; then
  git ls-files --unmerged | cut -f2 | sort -u >&2
  echo "conflicts: update it by hand" >&2
  exit 1
fi
