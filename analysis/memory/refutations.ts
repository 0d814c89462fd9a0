import { processIdentity } from '../../contract/journal/process-identity.ts';
import { processBytes } from '../../contract/journal/tree-memory.ts';
import { megabytes } from '../../contract/report/figures.ts';
import type { Run } from '../interpret/run.ts';
import type { ServerTimeline } from '../journal/server.ts';
import { min } from '../statistics.ts';
import { growthOf, warmUpCycles } from './growth.ts';
import type { LeakEvidence, ProcessGrowth } from './leak-evidence.ts';
import { minSettled } from './settled-memory.ts';

/** A leak keeps what it took: memory below this share of the growth later on, or before, is none at this pace. */
const kept = 0.25;
/** The growth before memory-leak is compared from so many bytes on: start-up takes and frees tens of megabytes. */
const startUpBytes = 20e6;

/** What shows that growing memory is no leak at this pace, in words; null if nothing does. */
export function refutation(
  suspect: ProcessGrowth,
  evidence: LeakEvidence,
  { run, server }: { readonly run: Run; readonly server: ServerTimeline },
): string | null {
  return (
    sharedPages(evidence, server) ??
    givenBack(suspect, evidence, server) ??
    grewLessBefore(suspect, evidence, { run, server })
  );
}

/** A page that a worker touches first and shares with others counts in full in its RSS, and takes no memory. */
function sharedPages({ processes }: LeakEvidence, { identity }: ServerTimeline): string | null {
  if (identity.memorySource !== 'pss') return null;
  const proportional = processes.map(({ process }) => growthOf(process.settledPss, minSettled));
  if (proportional.length === 0 || proportional.some((growth) => growth === null)) return null;
  const pss = proportional.reduce((sum, growth) => sum + (growth?.slope ?? 0), 0);
  const rss = processes.reduce((sum, { growth, isSuspect }) => sum + (isSuspect ? growth.slope : 0), 0);
  if (pss >= kept * rss) return null;
  return 'it grew in pages that its processes share: their proportional set sizes together did not grow so';
}

/** Later samples, up to the end of the run. */
export function givenBack(
  { process, growth }: ProcessGrowth,
  { cycles }: Pick<LeakEvidence, 'cycles'>,
  server: ServerTimeline,
): string | null {
  const fromUs = cycles.at(-1)?.loadEndUs ?? Number.POSITIVE_INFINITY;
  const key = processIdentity(process);
  // One low value alone, or the last one, may be of a process that ends.
  const later = bytesOf(server, key, (atUs) => atUs > fromUs).slice(0, -1);
  const lowest = min(later.slice(1).map((bytes, n) => Math.max(bytes, later[n] ?? bytes)));
  const last = process.settled.at(-1)?.bytes ?? 0;
  const base = last - growth.grownBytes;
  if (lowest === null || lowest > base + kept * growth.grownBytes) return null;
  return `it gave back ${megabytes(last - lowest)} of ${megabytes(growth.grownBytes)} later in the run`;
}

function bytesOf(server: ServerTimeline, key: string, isAt: (atUs: number) => boolean): readonly number[] {
  return server.samples.flatMap(({ atUs, processes }) => {
    if (!isAt(atUs)) return [];
    const found = processes.find((process) => processIdentity(process) === key);
    return found === undefined ? [] : (processBytes(found, 'rss') ?? []);
  });
}

/** The scenarios before sent the same signals: a leak at this pace would have shown in them. */
function grewLessBefore(
  { process, growth }: ProcessGrowth,
  { cycles, perCycle }: LeakEvidence,
  { run, server }: { readonly run: Run; readonly server: ServerTimeline },
): string | null {
  const startUs = cycles[0]?.loadStartUs ?? 0;
  const key = processIdentity(process);
  const before = bytesOf(server, key, (atUs) => atUs < startUs);
  const [first] = before;
  const at = before.at(-1);
  if (first === undefined || at === undefined || perCycle === 0) return null;
  const fromUs = server.samples.at(0)?.atUs ?? startUs;
  const wasThere = server.samples.at(0)?.processes.some((each) => processIdentity(each) === key) ?? false;
  if (!wasThere) return null;
  let accepted = 0;
  for (const scenario of run.scenarios) {
    const { ledger, digest } = scenario;
    // Of a long scenario the ledger holds a few rows, and its cycles are what is judged.
    if (ledger === null || digest !== null) continue;
    for (let n = 0; n < ledger.length; n += 1) {
      const sentUs = ledger.notedSendUs(n);
      if (ledger.isSignal(n) && sentUs > fromUs && sentUs < startUs && ledger.outcomeOf(n) === 'accepted')
        accepted += 1;
    }
  }
  const expected = (growth.slope * accepted) / perCycle;
  if (at - first >= kept * expected - startUpBytes) return null;
  return `${accepted} accepted requests before its cycles made it grow by ${megabytes(Math.max(0, at - first))}, not by the ${megabytes(expected)} that such a leak takes`;
}

interface FillingStore {
  readonly why: string;
  /** What would tell it from a leak. */
  readonly tell: string;
}

/** A store of keys that fills for its TTL grows like a leak until then; null if it would have been full in time. */
export function fillingStore(
  { manifest: { profile } }: Run,
  { cycles }: LeakEvidence,
  bytesPerRequest: number,
): FillingStore | null {
  const { idempotency } = profile;
  if (idempotency.kind !== 'ttl' || bytesPerRequest > maxKeyBytes) return null;
  const judgedFromUs = cycles[warmUpCycles]?.loadEndUs ?? 0;
  const lengthMs = ((cycles.at(-1)?.settleEndUs ?? 0) - (cycles[0]?.loadStartUs ?? 0)) / 1000;
  // It stands still from one TTL after the first request on: the later half of the judged cycles then shows no growth.
  const fullByMs = (lengthMs + (judgedFromUs - (cycles[0]?.loadStartUs ?? 0)) / 1000) / 2;
  if (idempotency.ttlMs !== null && idempotency.ttlMs < fullByMs) return null;
  const kept = idempotency.ttlMs === null ? 'for ever' : `for ${Math.round(idempotency.ttlMs / 1000)} s`;
  const shorterMs = Math.floor(fullByMs / 1000) * 1000;
  return {
    why: `keys of signals that it keeps ${kept}, as the profile says`,
    tell: `to tell a leak from keys: let the server keep keys for less than ${shorterMs / 1000} s in one run, and set idempotency.ttlMs to the same, below ${shorterMs}: a store of keys is full by then, and a leak goes on`,
  };
}

/** A key with what a language puts around it, and the first answer beside it. */
const maxKeyBytes = 8_000;
