#!/usr/bin/env bash
# make kubernetes-test: a real cluster of one node, in namespaces of its own for processes, mounts and network, so that nothing of
# it outlives this script. As root, on Linux.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if [ "$(uname)" != Linux ] || [ "$EUID" -ne 0 ]; then
  echo 'make kubernetes-test needs Linux, and root: it starts containerd and a kubelet' >&2
  exit 1
fi
binaries=$("$here/binaries/build.sh")
before=$("$here/programs.sh")
# Sockets have short paths.
folder=$(mktemp -d /tmp/wsk.XXXXXX)
export KUBERNETES_TEST_FOLDER=$folder KUBERNETES_TEST_BINARIES=$binaries KUBERNETES_TEST_CGROUP=${folder#/tmp/}
export PATH="$binaries:${before:+$before:}$PATH:/usr/sbin:/sbin"
clean() {
  local hierarchy
  for hierarchy in /sys/fs/cgroup/*/"$KUBERNETES_TEST_CGROUP" /sys/fs/cgroup/"$KUBERNETES_TEST_CGROUP"; do
    if [ -d "$hierarchy" ]; then find "$hierarchy" -depth -type d -exec rmdir {} + 2>/dev/null || true; fi
  done
  if [ -z "${KEEP:-}" ]; then rm -rf "$folder"; else echo "kept: $folder" >&2; fi
}
trap clean EXIT
"$here/image.sh" "$folder" "$binaries/pause"
cd "$here/../.."
unshare --mount --pid --net --fork --kill-child --mount-proc \
  node --import tsx --test --test-reporter=spec --test-concurrency=1 test/kubernetes/cluster.test.ts "$@"
