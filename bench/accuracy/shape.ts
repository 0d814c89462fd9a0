import type { ProcessFigures } from '../../contract/journal/journal.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import type { Memory, Model } from './memory-model.ts';

/** Heap figures of a metrics page, as far as its runtime tells them. */
export type HeapFigures = Partial<Pick<ProcessFigures, 'heapBytes' | 'liveBytes' | 'heldBytes' | 'collections'>>;

/** A worker as it can be seen from outside. */
export interface Worker {
  readonly rss: Memory;
  /** By default as much as the resident memory. */
  readonly pss?: Memory;
  /** Swapped out; by default nothing. */
  readonly swap?: Memory;
  /** Without it no page tells anything. */
  readonly heap?: (requests: number, ms: number) => HeapFigures;
}

/**
 * What is true of a program. `lazy`: nothing leaks, but resident memory grows as if: a collector does not run, or keys outlive the run. It
 * must not be accused without that explanation.
 */
export type Truth = 'clean' | 'lazy' | 'leak';

/** A program whose memory is simulated. */
export interface Shape {
  readonly name: string;
  readonly truth: Truth;
  /** Bytes that a request leaves behind, on the average of all requests; 0 unless it leaks. */
  readonly bytesPerRequest: number;
  /** Whether what it leaks lies outside the heap of its runtime. */
  readonly isOutsideHeap?: boolean;
  readonly worker: (random: () => number, worker: number) => Worker;
  readonly workers?: number;
  /** Accepted requests a cycle, of all workers. */
  readonly perCycle?: number;
  readonly label?: string;
  readonly profile?: TargetProfile;
  /** What makes the collector of each worker wait, as the monitor finds it in a process. */
  readonly waits?: readonly string[];
  /** Whether the run asks for a collection in each rest. */
  readonly isCollected?: boolean;
  /** Worker n is another process from this cycle on. */
  readonly replaced?: readonly (number | null)[];
}

/** Requests of one worker in a run of the default size: ten cycles of 100 requests on two workers. */
export const served = 500;
/** The smallest visible leak of such a run without scatter: 4 MB a worker over 7 cycles. */
export const nominalMinimum = (2 * 4e6) / 7 / 100;

export const sameForAll =
  (model: Model): Shape['worker'] =>
  (random) => ({ rss: model(random) });

/** A profile that promises to know a signal again for so long. */
export const keysFor = (ttlMs: number | null): TargetProfile => ({
  ...builtInProfiles.embedded,
  idempotency: { kind: 'ttl', ttlMs, order: 'before-limiter', fields: ['signal_id'], repeatRefreshes: false },
});

export interface Collector {
  readonly liveBytes: Memory;
  readonly garbagePerRequest: number;
  readonly requestsBetween: number;
  /** `live`: the page tells what lives after a collection (JVM, Go). `all`: only the heap with its garbage (Node). */
  readonly tells: 'live' | 'all';
}

/** Heap figures of a collector that runs every so many requests, the first time at a moment that is drawn. */
export function collectedHeap(collector: Collector, random: () => number): NonNullable<Worker['heap']> {
  const { liveBytes, garbagePerRequest, requestsBetween, tells } = collector;
  const phase = random() * requestsBetween;
  return (requests, ms) => {
    const since = (requests + phase) % requestsBetween;
    const collections = Math.floor((requests + phase) / requestsBetween);
    const heapBytes = Math.round(liveBytes(requests, ms) + since * garbagePerRequest);
    // A figure of the last collection stands still until the next one.
    const atLast = Math.max(0, requests - since);
    return { heapBytes, collections, ...(tells === 'live' ? { liveBytes: Math.round(liveBytes(atLast, ms)) } : {}) };
  };
}
