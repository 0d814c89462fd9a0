import { processServers, type Run } from '../interpret/run.ts';
import { failedOutcomes } from '../processes/recovery.ts';
import type { ScenarioDelivery } from './scenario-delivery.ts';
import { undecided } from './undecided.ts';

/** When a server was last seen alive, which had exited from then to the end of the run. */
interface Exited {
  readonly lastSeenUs: number;
  readonly missedUs: number;
}

/** Null if it was there to the end, if nobody knows, or if something still answered health checks: then another process serves. */
function exitedServer(run: Run): Exited | null {
  const [server, ...others] = processServers(run);
  if (server === undefined || others.length > 0) return null;
  let lastSeenUs: number | null = null;
  let missedUs: number | null = null;
  for (const { atUs, processes, health } of server.samples) {
    if (processes.length > 0) {
      lastSeenUs = atUs;
      missedUs = null;
    } else if (health?.state === 'ok') lastSeenUs = null;
    else missedUs ??= atUs;
  }
  return lastSeenUs === null || missedUs === null ? null : { lastSeenUs, missedUs };
}

/** What a server that had exited did not tell of a scenario is told as that: who asked it in vain only saw that nothing came. */
export function ofExitedServer(run: Run, endedAtUs: number | null, delivery: ScenarioDelivery): ScenarioDelivery {
  const { unread, effects } = delivery.reconciled;
  if (run.manifest.profile.readback.kind !== 'url' || unread.length === 0 || effects > 0) return delivery;
  const exited = exitedServer(run);
  if (exited === null || (endedAtUs !== null && exited.missedUs > endedAtUs)) return delivery;
  const others = delivery.undecided.filter(({ isUnread }) => !isUnread);
  return { ...delivery, undecided: [undecided('the server had exited, so nothing could be read back'), ...others] };
}

/** Added to a sentence on failed requests, if all of them ended after the server was last seen, and it did not come back. */
export function afterExitWords(run: Run): string {
  const exited = exitedServer(run);
  if (exited === null) return '';
  let failed = 0;
  for (const { ledger, digest } of run.scenarios) {
    if (digest !== null) return '';
    for (let at = 0; at < (ledger?.length ?? 0); at += 1) {
      if (ledger === null || !ledger.isSignal(at) || !failedOutcomes.has(ledger.recordedOutcomeOf(at))) continue;
      if (ledger.notedEndUs(at) < exited.lastSeenUs) return '';
      failed += 1;
    }
  }
  return failed === 0 ? '' : '; every failure came after the server had exited (see Worker crashes)';
}
