#!/usr/bin/env bash
# What `make test` needs. If anything is missing, Debian and Ubuntu get it by apt-get (as root or with sudo); elsewhere, and for
# Node.js and Go, all that is missing is listed at once with the way to get it, and the exit code is 1. Quick if nothing is missing.
# With the word `list` nothing is installed: what apt-get may get is left for later.
set -uo pipefail
here=${BASH_SOURCE[0]}
if [[ $here == */* ]]; then cd "${here%/*}/.."; else cd ..; fi || exit 1

has() { command -v "$1" >/dev/null; }
# As package.json has it.
is_new_enough='const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 11) ? 0 : 1)'
has_node() { has node && node -e "$is_new_enough"; }
# From 1.21 on, go fetches the version that k6/go.mod names.
has_go() { has go && [[ $(go env GOVERSION) =~ ^go1\.([0-9]+) ]] && ((BASH_REMATCH[1] >= 21)); }
has_postgresql() { has initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
has_venv() { has python3 && python3 -c 'import ensurepip, venv' 2>/dev/null; }
# The monitor asks it who is connected to a Unix socket, on Linux alone.
has_ss() { [[ $OSTYPE != linux* ]] || has ss; }
# As test/fixtures/browser.ts looks for it. Ubuntu's chromium-browser may be a stub that asks for a snap.
has_chromium() {
  has chromium || has google-chrome || { has chromium-browser && chromium-browser --version >/dev/null 2>&1; } && return
  [ -x "$(node -p 'require("playwright-core").chromium.executablePath()' 2>/dev/null)" ]
}

# name | check | packages of Debian and Ubuntu, "-" if theirs is too old, "browser" if only Debian has one | how to get it elsewhere
requirements=(
  'Node.js 20.11 or newer|has_node|-|https://nodejs.org/en/download'
  'Go 1.21 or newer|has_go|-|https://go.dev/dl'
  'redis-server|has redis-server|redis-server|macOS: brew install redis'
  'PostgreSQL (initdb and postgres)|has_postgresql|postgresql|macOS: brew install postgresql'
  'nginx|has nginx|nginx|macOS: brew install nginx'
  'HAProxy|has haproxy|haproxy|macOS: brew install haproxy'
  'ss|has_ss|iproute2|Linux: the package iproute2, https://wiki.linuxfoundation.org/networking/iproute2'
  'Python 3 with venv|has_venv|python3 python3-venv|macOS: brew install python'
  'Chromium or Google Chrome|has_chromium|browser|npx playwright-core install --with-deps chromium; macOS: brew install --cask google-chrome, and a link named google-chrome in PATH'
)

# Fills missing (lines for people) and packages (for apt-get), and counts browsers that are missing and what people have to get.
look() {
  missing=() packages=() browsers=0 by_hand=0
  local line name check from_apt elsewhere
  for line in "${requirements[@]}"; do
    IFS='|' read -r name check from_apt elsewhere <<<"$line"
    $check && continue
    missing+=("$name: $elsewhere")
    case $from_apt in
      -) by_hand=$((by_hand + 1)) ;;
      browser) browsers=$((browsers + 1)) ;;
      # shellcheck disable=SC2206
      *) packages+=($from_apt) ;;
    esac
  done
}

as_root() { if [ "$EUID" -eq 0 ]; then "$@"; else sudo "$@"; fi; }
apt_install() { as_root env DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends "$@"; }
# One unknown name fails a whole apt-get install: Chromium is asked for by itself, and only where apt-get has it.
install_browser() {
  if has apt-cache && [[ $(apt-cache policy chromium) =~ Candidate:\ +[^\(\ ] ]]; then
    apt_install chromium
  else
    npx --no playwright-core install --with-deps chromium
  fi
}

look
can_install() { ((${#packages[@]} + browsers > 0)) && has apt-get && { [ "$EUID" -eq 0 ] || has sudo; }; }
if [ "${1:-}" = list ]; then
  can_install && ((by_hand == 0)) && exit 0
elif can_install; then
  wanted=("${packages[@]}")
  ((browsers == 0)) || wanted+=(chromium)
  echo "make test installs ${wanted[*]}" >&2
  if as_root apt-get update -q; then
    ((${#packages[@]} == 0)) || apt_install "${packages[@]}"
    ((browsers == 0)) || install_browser
  fi
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
