#!/usr/bin/env bash
# The tests on an engine, on each Docker and database that they can be had on, one after another. A run that was cut off
# goes on where it was; `--fresh` starts over. The last line says how many tests passed and failed.
set -euo pipefail
cd "$(dirname "$0")/.."

stage() {
  local name=$1 started=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  "$@"
  printf '== %s: done in %s s\n' "$name" $((SECONDS - started))
}

[ -f node_modules/.package-lock.json ] || stage packages npm ci --ignore-scripts
# A fit Node comes with the packages; the machine's own may be older. npm 10 makes no link to it in .bin.
for directory in "$PWD"/node_modules/node-*/bin "$PWD/node_modules/.bin"; do PATH="$directory:$PATH"; done
export PATH
stage engine scripts/engine.sh
stage build npm run --silent build
# The launcher would set up on its first call, which wants a registry.
stage launcher ./gh-devlake repair --version
stage images test/stack/build.sh
stage databases test/stack/build-databases.sh
stage "other Docker" scripts/other-docker.sh fetch testing
exec node scripts/scenarios-all.ts "$@"
