import type { LogTroubleKind, StoreName } from '../../contract/journal/journal.ts';
import { logTroubleTable } from '../../contract/journal/log-troubles.ts';
import { restartSpan } from '../interpret/restart.ts';
import { type Run, serverOf } from '../interpret/run.ts';
import { atSecond, counted } from '../words.ts';
import { type JudgedStore, names, prefixes } from './judged-store.ts';
import { loadStartUs } from './load-start.ts';
import { faultOfLine } from './store-faults.ts';

/** A line that names no store is told of the database, or of Redis if there is no database. */
function storeOf({ manifest: { profile } }: Run, trouble: LogTroubleKind): StoreName {
  const isOfRedis = trouble === 'unnamed-pool-timeout' && profile.database === 'none' && profile.redis !== 'none';
  return isOfRedis ? 'redis' : logTroubleTable[trouble].store;
}

/** What the server's log says of a store; null if it says nothing: that proves nothing. */
export function judgeLogged(run: Run, store: StoreName): JudgedStore | null {
  const span = restartSpan(run);
  const sums = new Map<LogTroubleKind, { lines: number; readonly firstUs: number; lastUs: number }>();
  for (const { trouble, lines, atUs } of serverOf(run)?.stores.log ?? []) {
    if (storeOf(run, trouble) !== store) continue;
    // One that starts before its stores do tries again until they are there.
    if (atUs < loadStartUs(run)) continue;
    // A server that ends because the run told it to closes its connections.
    if (span !== null && atUs >= span.fromUs && atUs <= span.toUs) continue;
    const sum = sums.get(trouble) ?? { lines: 0, firstUs: atUs, lastUs: atUs };
    sum.lines += lines;
    sum.lastUs = atUs;
    sums.set(trouble, sum);
  }
  if (sums.size === 0) return null;
  const { startedAtUs } = run.manifest;
  const all = [...sums].toSorted(([, a], [, b]) => b.lines - a.lines);
  const total = all.reduce((sum, [, { lines }]) => sum + lines, 0);
  return {
    status: 'fail',
    faults: all.map(([kind]) => ({ store, fault: faultOfLine[kind] })),
    summary: `${counted(total, 'line')} of the server's log: ${all.map(([kind]) => logTroubleTable[kind].words).join(', ')}`,
    measures: [{ name: `${prefixes[store]}-log-lines`, value: total, unit: 'count', threshold: 0 }],
    evidence: all.map(
      ([kind, { lines, firstUs, lastUs }]) =>
        `${names[store]} ${atSecond(firstUs, startedAtUs)}${lastUs > firstUs ? ` until ${((lastUs - startedAtUs) / 1e6).toFixed(1)} s` : ''}: ${counted(lines, 'line')} of the server's log: ${logTroubleTable[kind].words}`,
    ),
  };
}
