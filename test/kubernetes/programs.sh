#!/usr/bin/env bash
# The programs of a cluster that Debian has: etcd, containerd, runc, the CNI plugins. Those on the PATH, else Debian's packages
# unpacked into a cache; nothing is installed. Says what to put before the PATH.
set -euo pipefail
packages=(etcd-server containerd runc containernetworking-plugins)
if command -v etcd >/dev/null && command -v containerd >/dev/null && command -v runc >/dev/null && [ -x /usr/lib/cni/bridge ]; then
  exit 0
fi
folder="${XDG_CACHE_HOME:-$HOME/.cache}/webhook-stress/debian"
mkdir -p "$folder"
exec 9>"$folder/.lock"
flock 9
if [ ! -e "$folder/.done" ]; then
  if ! command -v apt-get >/dev/null; then
    echo 'make kubernetes-test needs etcd, containerd, runc and the CNI plugins (/usr/lib/cni/bridge): install them' >&2
    exit 1
  fi
  cd "$folder"
  echo "fetching ${packages[*]} …" >&2
  apt-get download -q "${packages[@]}" >&2 || { apt-get update -q >&2 && apt-get download -q "${packages[@]}" >&2; }
  for package in ./*.deb; do dpkg-deb -x "$package" root; done
  rm -f ./*.deb
  touch .done
fi
echo "$folder/root/usr/bin:$folder/root/usr/sbin"
