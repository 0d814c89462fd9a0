#!/usr/bin/env bash
# An image with the layout of deploy/kubernetes/Dockerfile, made of this machine's own files: image.sh FOLDER makes
# webhook-stress.tar and pause.tar there, in the form of `docker save`.
set -euo pipefail
out=$(cd "$1" && pwd)
pause=$2
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A program with the libraries that it needs, at the paths where it looks for them.
add_program() {
  local source=$1 target=$2
  mkdir -p "$(dirname "$root$target")"
  cp -L "$source" "$root$target"
  local library
  for library in $(ldd "$source" 2>/dev/null | grep -o '/[^ )]*' || true); do
    [ -e "$root$library" ] && continue
    mkdir -p "$(dirname "$root$library")"
    cp -L "$library" "$root$library"
  done
}

# NAME USER: packs $root.
pack() {
  local name=$1 user=$2 command=$3
  tar --sort=name --mtime=@0 --numeric-owner --owner=0 --group=0 -C "$root" -cf "$work/layer.tar" .
  local digest
  digest=$(sha256sum "$work/layer.tar" | cut -d' ' -f1)
  cat >"$work/config.json" <<EOF
{"architecture":"amd64","os":"linux","config":{"User":"$user","Env":["PATH=/usr/local/bin:/usr/bin:/bin"],"WorkingDir":"/","Cmd":["$command"]},"rootfs":{"type":"layers","diff_ids":["sha256:$digest"]}}
EOF
  printf '[{"Config":"config.json","RepoTags":["localhost/%s"],"Layers":["layer.tar"]}]' "$name" >"$work/manifest.json"
  tar -C "$work" -cf "$out/${name%%:*}.tar" manifest.json config.json layer.tar
}

root="$work/pause"
mkdir -p "$root"
cp "$pause" "$root/pause"
pack pause:1 0:0 /pause

root="$work/root"
mkdir -p "$root"/{bin,usr/local/bin,etc,opt/webhook-stress/.tools,proc,sys,dev}
mkdir -m 1777 "$root/tmp"
mkdir -m 777 "$root/journal"
add_program "$(readlink -f "$(command -v node)")" /usr/local/bin/node
add_program "$(readlink -f /bin/sh)" /bin/sh
for name in cat mkdir dirname grep env; do add_program "$(readlink -f "$(command -v "$name")")" "/usr/bin/$name"; done
printf 'root:x:0:0::/:/bin/sh\ngenerator:x:65532:65532::/journal:/bin/sh\n' >"$root/etc/passwd"
cp package.json "$root/opt/webhook-stress/"
cp -r dist "$root/opt/webhook-stress/"
cp -L "${K6_BIN:-.tools/k6}" "$root/opt/webhook-stress/.tools/k6"
mkdir "$root/opt/webhook-stress/k6"
# What stays a dependency of the command.
npm ls --omit=dev --all --parseable 2>/dev/null | sed -n "s|^$PWD/||p" | sort -u | while read -r package; do
  mkdir -p "$root/opt/webhook-stress/$package"
  cp -rL "$package/." "$root/opt/webhook-stress/$package"
done
ln -s /opt/webhook-stress/dist/cli/webhook-stress.js "$root/usr/local/bin/webhook-stress"
ln -s /opt/webhook-stress/.tools/k6 "$root/usr/local/bin/k6"
chmod -R a+rX "$root"
pack webhook-stress:test 65532:65532 webhook-stress
