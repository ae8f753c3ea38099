#!/usr/bin/env bash
# Everything that the whole test suite needs, then the whole suite. The last line says how many tests passed and failed.
set -euo pipefail
cd "$(dirname "$0")/.."
# Node 24 comes with the packages; the machine's own may be older.
export PATH="$PWD/node_modules/.bin:$PATH"

report="$(mktemp)"
trap 'rm -f "$report"' EXIT

stage() {
  local name=$1 started=$SECONDS code=0
  shift
  printf '\n== %s\n' "$name"
  "$@" || code=$?
  printf '== %s: %s in %s s\n' "$name" "$([ "$code" = 0 ] && echo done || echo "failed ($code)")" $((SECONDS - started))
  return "$code"
}

run_tests() {
  vitest run --no-color --reporter=default --reporter=json --outputFile.json="$report"
}

[ -x node_modules/.bin/node ] || stage packages npm ci --no-audit --no-fund
stage engine scripts/engine.sh
stage build npm run --silent build
stage images test/stack/build.sh
# A style fault must not hide what the tests say, so it counts at the end.
failed=0
stage check npm run --silent check || failed=1
stage tests run_tests || failed=1
printf '== all: %s s\n' "$SECONDS"
node scripts/count-tests.ts "$report" || failed=1
exit "$failed"
