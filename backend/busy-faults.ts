import cluster from 'node:cluster';
import { openSync } from 'node:fs';
import { devNull } from 'node:os';
import type { Faults } from './faults.ts';

const freezeAfterMs = 3000;
/** Short enough that every request is answered soon. */
const spinMs = 5;

/** Faults that begin with a worker's first signal, and go on beside the requests. */
export function startBusyFaults(faults: Faults): void {
  const freezeMs = faults.value('freeze');
  if (freezeMs !== null) {
    // The event loop stands still, as in a call that blocks: no CPU is used.
    setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, freezeMs), freezeAfterMs).unref();
  }
  if (faults.has('spin') && cluster.worker?.id === 1) spin();
}

function spin(): void {
  const untilMs = performance.now() + spinMs;
  while (performance.now() < untilMs);
  setImmediate(spin);
}

/** What is opened for a signal, and never closed. */
export function leakDescriptor(faults: Faults): void {
  if (faults.strikes('descriptor-leak')) openSync(devNull, 'r');
}
