import { type Status, worst } from '../../contract/report/criteria.ts';
import { hostOf, type Run, viewOf } from '../interpret/run.ts';
import { apartInWords, apartUs, type ServerTimeline } from '../journal/server.ts';
import type { JudgedStore } from './judged-store.ts';

/** Trouble of a store and what the load was at are laid beside each other by looks that are a second apart. */
export const alignedUs = 1_000_000;

/** What each monitor has to say of a store, named by its machine if there is more than one; those that say nothing are left out. */
export function eachMonitor(run: Run, judge: (view: Run) => readonly JudgedStore[]): readonly JudgedStore[] {
  const seen = run.servers.map((server) => ({ server, view: viewOf(run, server) }));
  const views = seen.length === 0 ? [{ server: null, view: run }] : seen;
  return views.flatMap(({ server, view }) => {
    const sources = judge(view);
    if (sources.length === 0) return [];
    const judged = together(sources);
    if (server === null) return [judged];
    const host = hostOf(run, server);
    return [host === null ? aligned(server, judged) : named(host, aligned(server, judged))];
  });
}

function together(sources: readonly JudgedStore[]): JudgedStore {
  return {
    status: statusOf(sources),
    summary: sources.map(({ summary }) => summary).join('; '),
    measures: sources.flatMap(({ measures }) => measures),
    evidence: sources.flatMap(({ evidence }) => evidence),
    faults: sources.flatMap(({ faults = [] }) => faults),
  };
}

/** Of all sources of one monitor, what failed decides; else those that could tell. */
function statusOf(sources: readonly JudgedStore[]): Status {
  const all = sources.map(({ status }) => status);
  const telling = all.filter((status) => status !== 'inconclusive');
  return worst(telling.length > 0 ? telling : all);
}

/** Whether the trouble fell into the run is not known without the clock. */
function aligned(server: ServerTimeline, judged: JudgedStore): JudgedStore {
  if (apartUs(server) <= alignedUs) return judged;
  return {
    ...judged,
    status: 'inconclusive',
    summary: `its samples cannot be aligned with the load: ${apartInWords(server)}; what was seen says: ${judged.summary}`,
  };
}

function named(host: string, { status, summary, measures, evidence, faults = [] }: JudgedStore): JudgedStore {
  return {
    ...{ status, faults },
    summary: `${host}: ${summary}`,
    measures: measures.map((one) => ({ ...one, host })),
    evidence: evidence.map((text) => `${host}: ${text}`),
  };
}
