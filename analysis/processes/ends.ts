import type { ProcessSample } from '../../contract/journal/journal.ts';
import { processIdentity } from '../../contract/journal/process-identity.ts';
import { type Run, serverOf } from '../interpret/run.ts';
import type { Samples } from '../journal/server-samples.ts';
import { atSecond, counted } from '../words.ts';
import { type EndCause, EndCauses } from './end-causes.ts';
import { RequestsAtEnd } from './requests-at-end.ts';

export interface ProcessEnd extends EndCause {
  readonly process: ProcessSample;
  /** Of the last sample with it. */
  readonly lastSeenUs: number;
  /** Of the first sample without it. */
  readonly atUs: number;
}

interface Alive {
  readonly process: ProcessSample;
  readonly firstSeenUs: number;
}

/** Every end of a process of the server's trees between two samples, with what is known of its cause. */
export function processEnds(run: Pick<Run, 'servers' | 'scenarios'>): readonly ProcessEnd[] {
  const server = serverOf(run);
  if (server === null) return [];
  const causes = new EndCauses(server.alerts);
  const alive = new Map<string, Alive>();
  const ends = new Map<string, ProcessEnd>();
  let lastSeenUs = 0;
  for (const sample of server.samples) {
    let present = 0;
    const here = new Set<string>();
    for (const process of sample.processes) {
      const key = processIdentity(process);
      here.add(key);
      if (alive.has(key)) present += 1;
    }
    // Nearly always all of them are still there.
    if (present < alive.size) {
      for (const [key, { process, firstSeenUs }] of alive) {
        if (here.has(key)) continue;
        const { pid, startTicks } = process;
        const cause = causes.of({ pid, startTicks, firstSeenUs, lastSeenUs, goneUs: sample.atUs });
        ends.set(key, { process, lastSeenUs, atUs: sample.atUs, ...cause });
        alive.delete(key);
      }
    }
    for (const process of sample.processes) {
      const key = processIdentity(process);
      // It was out of sight, as a server is for a moment that takes over from another.
      if (!alive.has(key)) ends.delete(key);
      alive.set(key, { process, firstSeenUs: alive.get(key)?.firstSeenUs ?? sample.atUs });
    }
    lastSeenUs = sample.atUs;
  }
  return withRequests(run, [...ends.values()]);
}

/** An end that cut requests off was not graceful, unless another one at that time did that. */
function withRequests(run: Pick<Run, 'scenarios'>, ends: readonly ProcessEnd[]): readonly ProcessEnd[] {
  const atRest = (end: ProcessEnd): boolean => end.kind === 'graceful' || end.kind === 'exited';
  const serving = ends.filter(({ process }) => process.role !== 'helper');
  if (!serving.some(atRest)) return ends;
  const requests = new RequestsAtEnd(run);
  return ends.map((end) => {
    if (end.process.role === 'helper' || !atRest(end)) return end;
    const { cutOff, metClosing } = requests.brokenOff(end.lastSeenUs, end.atUs);
    const isOthers = serving.some(
      (other) => !atRest(other) && other.lastSeenUs <= end.atUs && other.atUs >= end.lastSeenUs,
    );
    if (cutOff + metClosing === 0 || isOthers) return end;
    if (cutOff === 0)
      return { ...end, cause: `${end.cause}; ${counted(metClosing, 'request')} met a closing connection` };
    return {
      ...end,
      kind: 'crash' as const,
      cause: `${end.cause}, and ${counted(cutOff, 'request')} broke off with it`,
    };
  });
}

/** Longest time without a sample that still counts as watching. */
const maxBlindUs = 5_000_000;

/** When the monitor did not watch while load ran, in words; empty if it saw all of it. */
export function blindSpots(run: Run): readonly string[] {
  const { scenarios, manifest } = run;
  const server = serverOf(run);
  if (server === null) return ['no server was watched'];
  if (server.samples.length === 0) return ['no process of the server was watched'];
  const from = scenarios.reduce((min, { window }) => Math.min(min, window.startedAtUs), Number.POSITIVE_INFINITY);
  const to = scenarios.reduce((max, { window }) => Math.max(max, window.endedAtUs ?? window.startedAtUs), 0);
  const times = [from, ...server.samples.map(({ atUs }) => atUs).filter((atUs) => atUs >= from && atUs <= to), to];
  const gaps = times.flatMap((atUs, n) => {
    const before = times[n - 1] ?? atUs;
    if (atUs - before <= maxBlindUs) return [];
    return [
      `no sample of the server for ${((atUs - before) / 1e6).toFixed(1)} s ${atSecond(before, manifest.startedAtUs)}`,
    ];
  });
  return [...gaps, ...(server.identity.unwatched ?? [])];
}

/** How many processes that serve were ever seen, helpers apart. */
export function watchedProcesses(samples: Samples): number {
  const seen = new Set<string>();
  for (const { processes } of samples) {
    for (const process of processes) if (process.role !== 'helper') seen.add(processIdentity(process));
  }
  return seen.size;
}
