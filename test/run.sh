#!/usr/bin/env bash
# All tests: Go's and Node's. Ends with the ten slowest and a line "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/.."

results=$(mktemp -d)
took=()
group() { # name, then what to run
  local began=$SECONDS code=0
  "${@:2}" || code=$?
  took+=("$1: $((SECONDS - began)) s")
  return "$code"
}
trap 'rm -rf "$results"' EXIT

# One after the other: what compiles beside a test of servers makes that test lie.
go_tests() {
  (cd k6 && go test -race -json ./... >"$results/go.json" 2>"$results/go.err")
}

node_tests() { # name, then files
  node --import tsx --test --test-timeout=300000 --test-reporter=spec --test-reporter-destination=stdout \
    --test-reporter=./test/timing-reporter.mjs --test-reporter-destination="$results/$1.ndjson" \
    "${@:2}"
}

status=0
group go go_tests || status=1
# Two at a time: Node itself would run but one file where there are two cores.
group unit node_tests unit --test-concurrency=2 test/unit/*.test.ts || status=1
group integration node_tests integration --test-concurrency=2 test/integration/*.test.ts || status=1
grep -v '^{' "$results/go.json"
cat "$results/go.err"
group e2e node_tests e2e --test-concurrency=1 test/e2e/*.test.ts test/matrix/*.test.ts || status=1

printf '\n%s' "$(IFS=,; echo "${took[*]}")"
node test/summary.mjs "$results" || status=1
exit "$status"
