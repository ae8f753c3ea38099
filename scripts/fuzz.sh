#!/usr/bin/env bash
# Looks for what the property tests do not know yet: other examples than `npm test` tries, and more of them.
# FUZZ_SEED and FUZZ_RUNS say which and how many; arguments go to vitest.
set -euo pipefail
export FUZZ_SEED="${FUZZ_SEED:-$(date +%s)}" FUZZ_RUNS="${FUZZ_RUNS:-100000}"
echo "FUZZ_SEED=$FUZZ_SEED FUZZ_RUNS=$FUZZ_RUNS"
cd "$(dirname "$0")/.."
mapfile -t files < <(grep -rl --include='*.test.ts' seeded-fast-check test)
exec npx vitest run --project unit "${files[@]}" "$@"
