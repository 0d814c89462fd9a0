#!/usr/bin/env bash
# Runs the counterparts of one tool against the embedded backend: try.sh TOOL [FAULT]. The tool is on the PATH, or K6_BIN, LOCUST,
# ARTILLERY, MVN (Gatling) or BZT (Taurus) names it. TASKS names some of burst, limiter and signed. Needs a built dist/ and curl.
set -uo pipefail
cd "$(dirname "$0")" || exit
tool=${1:?name a tool: webhook-stress, k6, locust, artillery, gatling or taurus}
fault=${2:-}
command=$PWD/../../dist/cli/webhook-stress.js

field() { node -pe 'JSON.parse(fs.readFileSync(0))[process.argv[1]]' "$1"; }
post() { curl -sS -X POST -H 'Content-Type: application/json' "${@:3}" -d "$2" "$BASE_URL/api/v1/$1"; }

backend() { # options; it ends with its standard input
  coproc SERVER { exec node "$command" backend --port 0 --stop-with-stdin "$@" 2>/dev/null; }
  local ready token hook
  read -r ready <&"${SERVER[0]}"
  BASE_URL=http://127.0.0.1:$(field port <<<"$ready")
  token=$(post auth/login '{"email":"stress@example.com","password":"stress-password"}' | field access_token)
  hook=$(post webhooks/ '{"name":"comparison"}' -H "Authorization: Bearer $token")
  SECRET=$(field secret <<<"$hook")
  HOOK_URL=$BASE_URL/api/v1/webhooks/$(field token <<<"$hook")
  case $* in *--signature*) ;; *) HOOK_URL="$HOOK_URL?secret=$SECRET" ;; esac
  export BASE_URL HOOK_URL SECRET RUN=$RANDOM
}

task() { # name
  case $tool in
    webhook-stress)
      local words=("$1")
      [ "$1" = limiter ] && words=(rate-limit)
      [ "$1" = signed ] && words=(sustained idempotency --signature github)
      (cd webhook-stress && node "$command" run "${words[@]}" --reports "$(mktemp -d)")
      ;;
    k6) "${K6_BIN:-../../.tools/k6}" run --quiet "k6/$1.js" ;;
    locust)
      local users=100
      [ "$1" = limiter ] && users=20
      [ "$1" = signed ] && users=1
      "${LOCUST:-locust}" -f "locust/$1.py" --headless -u "$users" -r 100 -t 12s --only-summary
      ;;
    gatling)
      local folder
      folder=$(mktemp -d) # Maven builds where its pom.xml is.
      cp gatling/* "$folder"
      (cd "$folder" && "${MVN:-mvn}" --quiet --define "gatling.simulationClass=${1^}" test-compile gatling:test)
      ;;
    taurus) "${BZT:-bzt}" "taurus/$1.yml" -o settings.artifacts-dir="$(mktemp -d)" ;;
    artillery) (cd artillery && "${ARTILLERY:-artillery}" run "$1.yml" </dev/null) ;;
  esac
}

for name in ${TASKS:-burst limiter signed}; do
  options=()
  [ "$name" = signed ] && options+=(--signature github)
  [ -n "$fault" ] && options+=(--fault "$fault")
  backend "${options[@]}"
  task "$name"
  echo "== $tool $name${fault:+ with $fault}: exit code $?"
  server=$SERVER_PID
  exec {SERVER[1]}>&-
  wait "$server"
done
