import { normal } from '../../test/fixtures/random.ts';

/** Bytes of one process after so many of its requests, so many milliseconds after its start. Both only grow from call to call. */
export type Memory = (requests: number, ms: number) => number;

/** What differs from one run to the next, such as the phase of a collector, is drawn when the memory is made. */
export type Model = (random: () => number) => Memory;

export const MB = 1e6;
export const kB = 1e3;

export const together =
  (...models: readonly Model[]): Model =>
  (random) => {
    const parts = models.map((model) => model(random));
    return (requests, ms) => parts.reduce((sum, part) => sum + part(requests, ms), 0);
  };

export const constant =
  (bytes: number): Model =>
  () =>
  () =>
    bytes;

/** A leak, or what only looks like one. */
export const steady =
  (bytesPerRequest: number): Model =>
  () =>
  (requests) =>
    requests * bytesPerRequest;

/** Fades with the requests, as warm-up, compilers and fragmentation do. */
export const fading =
  (bytes: number, requestsToFade: number): Model =>
  () =>
  (requests) =>
    bytes * (1 - Math.exp(-requests / requestsToFade));

/** A bounded cache or buffer. */
export const filling =
  (bytesPerRequest: number, fullAfter: number): Model =>
  () =>
  (requests) =>
    bytesPerRequest * Math.min(requests, fullAfter);

/** Keys that live for a TTL. */
export const expiring =
  (bytesPerKey: number, ttlMs: number): Model =>
  () => {
    const seen: { readonly ms: number; readonly requests: number }[] = [];
    let expired = 0;
    return (requests, ms) => {
      seen.push({ ms, requests });
      while (seen[0] !== undefined && seen[0].ms < ms - ttlMs) expired = seen.shift()?.requests ?? expired;
      return bytesPerKey * (requests - expired);
    };
  };

/** So many steps at requests drawn between two: arenas of an allocator, connections of a pool, huge pages. */
export const steps =
  (bytes: number, count: number, [from, to]: readonly [number, number]): Model =>
  (random) => {
    const at = Array.from({ length: count }, () => from + random() * (to - from));
    return (requests) => bytes * at.filter((step) => requests >= step).length;
  };

/** A table that doubles whenever it is full, up to a largest size. */
export const doubling =
  (firstBytes: number, firstRequests: number, maxBytes: number): Model =>
  () =>
  (requests) => {
    const doublings = Math.max(0, Math.floor(Math.log2(Math.max(1, requests) / firstRequests)) + 1);
    return Math.min(maxBytes, firstBytes * 2 ** doublings);
  };

/** Garbage since the last collection; the first collection comes at a moment that is drawn. */
export const sawtooth =
  (bytesPerRequest: number, requestsBetween: number): Model =>
  (random) => {
    const phase = random() * requestsBetween;
    return (requests) => ((requests + phase) % requestsBetween) * bytesPerRequest;
  };

/** The highest that a model ever had: an allocator that gives nothing back. */
export const keeping =
  (model: Model): Model =>
  (random) => {
    const memory = model(random);
    let most = 0;
    return (requests, ms) => {
      most = Math.max(most, memory(requests, ms));
      return most;
    };
  };

/** A leak that takes memory from the system in chunks. */
export const inChunks =
  (bytesPerRequest: number, chunkBytes: number): Model =>
  () =>
  (requests) =>
    Math.floor((requests * bytesPerRequest) / chunkBytes) * chunkBytes;

/** A leak in a share of the requests, drawn one by one. */
export const inSome =
  (bytesPerRequest: number, share: number): Model =>
  (random) => {
    let [counted, leaked] = [0, 0];
    return (requests) => {
      for (; counted + 1 <= requests; counted += 1) if (random() < share) leaked += bytesPerRequest / share;
      return leaked;
    };
  };

/** How unsteady memory at rest is, in bytes: `sample` from sample to sample, `cycle` from cycle to cycle, of which `memory` stays. */
export interface Noise {
  readonly name: string;
  readonly sample: number;
  readonly cycle: number;
  readonly memory: number;
}

export const noises: readonly Noise[] = [
  { name: 'quiet', sample: 0.02 * MB, cycle: 0.05 * MB, memory: 0 },
  { name: 'usual', sample: 0.15 * MB, cycle: 0.3 * MB, memory: 0 },
  { name: 'loud', sample: 0.3 * MB, cycle: 1 * MB, memory: 0 },
  { name: 'wandering', sample: 0.15 * MB, cycle: 0.8 * MB, memory: 0.8 },
];

/** What noise adds in a cycle; each sample has its own on top. */
export function noiseOf(noise: Noise, random: () => number): (cycle: number) => number {
  const ofCycles: number[] = [];
  return (cycle) => {
    while (ofCycles.length <= cycle) {
      const fresh = normal(random) * noise.cycle * Math.sqrt(1 - noise.memory ** 2);
      ofCycles.push((ofCycles.at(-1) ?? normal(random) * noise.cycle) * noise.memory + fresh);
    }
    return (ofCycles[cycle] ?? 0) + normal(random) * noise.sample;
  };
}
