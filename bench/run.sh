#!/usr/bin/env bash
# All benchmarks, about two hours, on an otherwise idle machine; then the page that shows them.
set -euo pipefail
cd "$(dirname "$0")/.."
for bench in generators k6-sender monitor-cpu server-cpu report soak-report burst-spread; do
  echo "bench: $bench" >&2
  node --import tsx "bench/$bench.ts"
done
node --import tsx bench/docs.ts write
