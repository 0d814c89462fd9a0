import type { StoreLine, StoreName } from '../../contract/journal/journal.ts';
import type { FailedRequests } from '../interpret/digest.ts';
import type { Run } from '../interpret/run.ts';
import type { Ledger } from '../journal/ledger.ts';
import { apartUs } from '../journal/server.ts';
import { addEach } from '../statistics.ts';
import { alignedUs } from '../stores/each-monitor.ts';
import { names } from '../stores/judged-store.ts';
import { sinceLoad } from '../stores/load-start.ts';
import { accusing, outagesIn } from '../stores/outages.ts';

export const noneFailed: FailedRequests = {
  ...{ count: 0, byStatus: new Map(), whileAway: new Map() },
  ...{ fromUs: Number.POSITIVE_INFINITY, toUs: Number.NEGATIVE_INFINITY },
};

export function addFailed(a: FailedRequests, b: FailedRequests): FailedRequests {
  const [byStatus, whileAway] = [new Map(a.byStatus), new Map(a.whileAway)];
  addEach(byStatus, b.byStatus);
  addEach(whileAway, b.whileAway);
  return {
    ...{ byStatus, whileAway, count: a.count + b.count },
    fromUs: Math.min(a.fromUs, b.fromUs),
    toUs: Math.max(a.toUs, b.toUs),
  };
}

export function failedAmong(run: Run, ledger: Ledger, requests: readonly number[]): FailedRequests {
  const away = requests.length === 0 ? [] : awaySpans(run);
  const [byStatus, whileAway] = [new Map<number, number>(), new Map<StoreName, number>()];
  let { fromUs, toUs } = noneFailed;
  const add = <K>(counts: Map<K, number>, key: K): unknown => counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const at of requests) {
    const [sendUs, endUs] = [ledger.notedSendUs(at), ledger.notedEndUs(at)];
    fromUs = Math.min(fromUs, sendUs);
    toUs = Math.max(toUs, endUs);
    add(byStatus, ledger.statusOf(at));
    const stores = away.filter((span) => sendUs <= span.toUs && endUs >= span.fromUs).map(({ store }) => store);
    for (const store of new Set(stores)) add(whileAway, store);
  }
  return { count: requests.length, byStatus, fromUs, toUs, whileAway };
}

/** When a store may have been away: from the last look that it answered to the next. */
function awaySpans(run: Run) {
  const servers = run.servers.filter((server) => apartUs(server) <= alignedUs);
  return servers.flatMap((server) =>
    (['redis', 'postgres'] as const).flatMap((store) => {
      const all: readonly StoreLine[] = server.stores[store];
      const lines = sinceLoad(run, all);
      const wasAnswered = lines.some((line) => !('failure' in line));
      return outagesIn(lines)
        .filter((outage) => accusing(outage, wasAnswered).length > 0)
        .map(({ lastAnsweredUs, fromUs, toUs }) => ({
          store,
          fromUs: (lastAnsweredUs ?? fromUs) - apartUs(server),
          toUs: (toUs ?? Number.POSITIVE_INFINITY) + apartUs(server),
        }));
    }),
  );
}

/** `all 503`, `120 times 503, 30 times 500, once without an answer`; with the time from the first to the last. */
export function failedInWords({ count, byStatus, fromUs, toUs }: FailedRequests, startedAtUs: number): string {
  const nameOf = (status: number): string => (status === 0 ? 'without an answer' : String(status));
  const statuses = [...byStatus].toSorted(([, a], [, b]) => b - a);
  const said =
    statuses.length === 1
      ? `all ${nameOf(statuses[0]?.[0] ?? 0)}`
      : statuses.map(([status, n]) => `${n} × ${nameOf(status)}`).join(', ');
  const seconds = (us: number): string => ((us - startedAtUs) / 1e6).toFixed(1);
  const when = count === 1 ? `at ${seconds(fromUs)} s` : `between ${seconds(fromUs)} s and ${seconds(toUs)} s`;
  return `${said}, ${when}`;
}

/** So many of them, and the store explains the failures. */
const nearlyAll = 0.95;

/** What is said of a store that was away while nearly all of them failed; null if none was. */
export function awayInWords({ count, byStatus, whileAway }: FailedRequests): string | null {
  for (const [store, n] of whileAway) {
    if (n < nearlyAll * count) continue;
    const [status = 0] = byStatus.keys();
    const how = byStatus.size === 1 && status !== 0 ? `were answered ${status}` : 'came';
    const name = store === 'redis' ? names.redis : `the ${names.postgres}`;
    return `${n} of the ${count} failures ${how} while ${name} was away`;
  }
  return null;
}
