#!/usr/bin/env bash
# Everything that the whole test suite needs, then the whole suite. The last line says how many tests passed and failed.
set -euo pipefail
cd "$(dirname "$0")/.."

reports="$(mktemp -d)"
unit=
finish() {
  [ -z "$unit" ] || kill "$unit" 2>/dev/null || true
  rm -rf "$reports"
}
trap finish EXIT

stage() {
  local name=$1 started=$SECONDS code=0
  shift
  printf '\n== %s\n' "$name"
  "$@" || code=$?
  printf '== %s: %s in %s s\n' "$name" "$([ "$code" = 0 ] && echo done || echo "failed ($code)")" $((SECONDS - started))
  return "$code"
}

# The tests on an engine mostly wait for it; the others fill that time, and stand back while something is measured.
run_tests() {
  local failed=0 options=(--no-color --reporter=default --reporter=json)
  nice -n 10 vitest run --project unit "${options[@]}" --outputFile.json="$reports/unit.json" >"$reports/unit.log" 2>&1 &
  unit=$!
  # A fault is looked at three times here, and ten times in `npm run scenarios:all`.
  SCENARIO_LOOKS=${SCENARIO_LOOKS:-3} vitest run --project engine "${options[@]}" --outputFile.json="$reports/engine.json" || failed=1
  wait "$unit" || failed=1
  unit=
  cat "$reports/unit.log"
  return "$failed"
}

[ -f node_modules/.package-lock.json ] || stage packages npm ci --ignore-scripts
# A fit Node comes with the packages; the machine's own may be older. npm 10 makes no link to it in .bin.
for directory in "$PWD"/node_modules/node-*/bin "$PWD/node_modules/.bin"; do PATH="$directory:$PATH"; done
export PATH
stage engine scripts/engine.sh
stage build npm run --silent build
stage images test/stack/build.sh
# A style fault must not hide what the tests say, so it counts at the end.
failed=0
stage check npm run --silent check || failed=1
stage tests run_tests || failed=1
printf '== all: %s s\n' "$SECONDS"
node scripts/count-tests.ts "$reports"/{engine,unit}.json || failed=1
exit "$failed"
