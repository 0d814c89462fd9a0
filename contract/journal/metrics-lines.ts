import * as z from 'zod';

// Lines of monitors/<id>.ndjson that tell of the runtimes in the server's processes: what the target's metrics page (Prometheus) said, and what
// makes a collector wait. Null is not on the page.

export const runtimes = ['node', 'go', 'jvm', 'dotnet', 'python'] as const;

/** Why a look failed. `status`: not a 2xx. `too-long`: beyond the bound. `no-figures`: no line of it is known. */
export const metricsFailures = [
  ...(['refused', 'timeout', 'broken', 'unresolved', 'tls'] as const),
  ...(['status', 'too-long', 'no-figures', 'other'] as const),
] as const;

const figure = z.number().nullable();

/** What a page says of one process; of all that it adds up, if it does not tell them apart. */
export const processFigures = z.object({
  /** Its label on a page that lists several; null: the page is of one process. */
  process: z.string().nullable(),
  /** Seconds since the epoch. Behind several workers on one port, each look shows one of them: this tells which. */
  startedAt: figure,
  runtime: z.enum(runtimes).nullable(),
  /** In use on the runtime's own heap, garbage that is not collected yet included. */
  heapBytes: figure,
  /** What the last collection left on that heap: it stands still until the next one. */
  liveBytes: figure,
  /** All that the runtime has taken from the system for its heap, free room on it included, what it gave back left out. */
  heldBytes: figure,
  /** Class metadata and compiled code, which lie outside the heap. Earlier journals do not tell. */
  codeBytes: figure.default(null),
  /** Collections of the whole heap since the start of the process. */
  collections: figure,
  residentBytes: figure,
  cpuSeconds: figure,
  fileDescriptors: figure,
  maxFileDescriptors: figure,
  threads: figure,
  /** Earlier journals do not tell. */
  goroutines: figure.default(null),
});

export const metricsLook = z.object({
  metrics: z.literal('page'),
  atUs: z.number(),
  latencyMs: z.number(),
  processes: z.array(processFigures),
});

export const metricsFailure = z.object({
  metrics: z.literal('failed'),
  atUs: z.number(),
  failure: z.enum(metricsFailures),
  /** The status, or the code of the system; never a text of the server. */
  code: z.string().nullable(),
  tookMs: z.number(),
});

/** What is known of the collector of a process beyond its label: that it is told to wait, in our words, or which program it is. */
export const lateCollector = z.object({
  metrics: z.literal('collector'),
  atUs: z.number(),
  pid: z.number(),
  startTicks: z.number(),
  waits: z.array(z.string()),
  /** Base name of the program's file, of a process that calls itself otherwise. */
  executable: z.string().exactOptional(),
});

export const metricsLine = z.discriminatedUnion('metrics', [metricsLook, metricsFailure, lateCollector]);
