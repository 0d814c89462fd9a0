#!/usr/bin/env bash
# What `make test` needs. If anything is missing, Debian and Ubuntu get it by apt-get (as root or with sudo); elsewhere, and for
# Node.js and Go, all that is missing is listed at once with the way to get it, and the exit code is 1. Quick if nothing is missing.
# With the word `list` nothing is installed: what apt-get may get is left for later.
set -uo pipefail

has() { command -v "$1" >/dev/null; }
has_node() { has node && node -e 'process.exit(Number.parseInt(process.versions.node) < 20 ? 1 : 0)'; }
# From 1.21 on, go fetches the version that k6/go.mod names.
has_go() { has go && [[ $(go env GOVERSION) =~ ^go1\.([0-9]+) ]] && ((BASH_REMATCH[1] >= 21)); }
has_postgresql() { has initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
has_venv() { has python3 && python3 -c 'import ensurepip, venv' 2>/dev/null; }
# The same names as in test/fixtures/browser.ts.
has_chromium() { has chromium || has chromium-browser || has google-chrome; }

# name | check | packages of Debian and Ubuntu, "-" if theirs is too old | how to get it elsewhere
requirements=(
  'Node.js 20 or newer|has_node|-|https://nodejs.org/en/download'
  'Go 1.21 or newer|has_go|-|https://go.dev/dl'
  'redis-server|has redis-server|redis-server|macOS: brew install redis'
  'PostgreSQL (initdb and postgres)|has_postgresql|postgresql|macOS: brew install postgresql'
  'nginx|has nginx|nginx|macOS: brew install nginx'
  'HAProxy|has haproxy|haproxy|macOS: brew install haproxy'
  'Python 3 with venv|has_venv|python3 python3-venv|macOS: brew install python'
  'Chromium or Google Chrome|has_chromium|chromium|macOS: brew install --cask google-chrome, and a link named google-chrome in PATH'
)

# Fills missing (lines for people) and packages (for apt-get), and counts what people have to get.
look() {
  missing=() packages=() by_hand=0
  local line name check from_apt elsewhere
  for line in "${requirements[@]}"; do
    IFS='|' read -r name check from_apt elsewhere <<<"$line"
    $check && continue
    missing+=("$name: $elsewhere")
    # shellcheck disable=SC2206
    if [ "$from_apt" = - ]; then by_hand=$((by_hand + 1)); else packages+=($from_apt); fi
  done
}

as_root() { if [ "$EUID" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

look
can_install() { ((${#packages[@]} > 0)) && has apt-get && { [ "$EUID" -eq 0 ] || has sudo; }; }
if [ "${1:-}" = list ]; then
  can_install && ((by_hand == 0)) && exit 0
elif can_install; then
  echo "make test installs ${packages[*]}" >&2
  as_root apt-get update -q &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends "${packages[@]}"
  hash -r
  look
fi
((${#missing[@]} == 0)) && exit 0
{
  echo 'make test needs these, which are missing here. Install them, then run it again:'
  printf '  %s\n' "${missing[@]}"
  has apt-get && ((${#packages[@]} > 0)) && echo "Debian and Ubuntu, as root: apt-get install ${packages[*]}"
} >&2
exit 1
