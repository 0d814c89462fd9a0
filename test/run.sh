#!/usr/bin/env bash
# All tests: Go's, then Node's by folder. Ends with the time of each group, the ten slowest tests, why tests failed, and a line
# "N passed, N failed". A group that fails does not keep the next from running.
set -uo pipefail
cd "$(dirname "$0")/.."

results=$(mktemp -d)
bundles=.tools/tests
trap end EXIT
end() {
  [ ! -s "$results/unit.session" ] || kill -- "-$(<"$results/unit.session")" 2>/dev/null
  rm -rf "$results"
}
took=()
status=0
group() { # name, then what to run
  local began=$SECONDS
  "${@:2}" || status=1
  took+=("$1: $((SECONDS - began)) s")
}

# Flags as for .tools/k6, whose packages are compiled already; `make race` compiles them all anew.
go_tests() {
  (cd k6 && CGO_ENABLED=0 go test -trimpath -json ./... 2>&1) >"$results/go.json" || {
    grep -v '^{' "$results/go.json"
    return 1
  }
}

groups=()
node_tests() { # name, files at a time, then files
  groups+=("$1")
  run_node "$@"
}
run_node() {
  local files=("${@:3}")
  files=("${files[@]/#/$bundles/}")
  node --enable-source-maps test/group.mjs "$1" "$results" "$2" "${files[@]/%.ts/.mjs}"
}

# Niceness counts within a session only (autogroups, man 7 sched), and servers under test have sessions of their own: so has unit, and its
# session as a whole is nice as well.
gently() {
  echo 19 >/proc/self/autogroup || echo 'no autogroups: unit is nice to its own session only'
  renice -n 19 $$
  echo $$ >"$results/unit.session"
  run_node "$@"
}
export results bundles
export -f gently run_node

rm -rf "$bundles"
node test/bundle.mjs "$bundles" test/*/*.test.ts || exit 1

# Most of unit computes, and most of the others wait for servers: unit has what time they leave. `make check` has run tidy's tests.
groups+=(unit)
mapfile -t unit_files < <(printf '%s\n' test/unit/*.test.ts | grep -v '/tidy.test.ts$')
mapfile -t unit_packs < <(node test/packs.mjs "$bundles" 12 "${unit_files[@]}")
(
  setsid --wait bash -c 'gently "$@"' gently unit 2 "${unit_packs[@]}" >"$results/unit.log" 2>&1
  ended=$?
  echo "$SECONDS" >"$results/unit.ended"
  exit "$ended"
) &
unit=$!

group go go_tests
# Node itself would run one file at a time on two cores. Most of e2e waits, so three at a time, the longest first; a file that judges three
# servers side by side, or more, uses both cores by itself.
group integration node_tests integration 2 test/integration/*.test.ts
longest=test/e2e/stress-healthy.test.ts
mapfile -t alone < <(grep -l 'concurrency: [^2]' test/e2e/stress-*.test.ts)
mapfile -t others < <(printf '%s\n' test/e2e/*.test.ts "${alone[@]}" "$longest" | sort | uniq -u)
group e2e node_tests e2e 3 "$longest" "${others[@]}"
group alone node_tests alone 1 "${alone[@]}"
group matrix node_tests matrix 1 test/matrix/*.test.ts
wait "$unit" || status=1
cat "$results/unit.log"
took=("unit, beside the others: $(<"$results/unit.ended") s" "${took[@]}")

printf '\n%s' "$(IFS=,; echo "${took[*]}")"
node test/summary.mjs "$results" "${groups[@]}" || status=1
exit "$status"
