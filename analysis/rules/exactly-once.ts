import { ttlMs } from '../../contract/plan.ts';
import type { TargetProfile } from '../../contract/profile.ts';
import type { FindingPart } from '../../contract/report.ts';
import { toleranceUs } from '../expected-outcome.ts';
import { type Ledger, none } from '../ledger.ts';
import { ledgersOf, type Rule, worst } from '../rule.ts';
import { counted } from '../words.ts';

/** What became of the signals of one scenario. Each list names signals, at most `mostNamed` of them. */
interface Account {
  readonly keys: number;
  readonly repeatedKeys: number;
  readonly unknown: number;
  readonly lost: Tally;
  readonly duplicated: Tally;
  readonly suppressed: Tally;
  /** Webhooks whose read-back is missing or incomplete. */
  readonly unread: number;
}

class Tally {
  count = 0;
  readonly named: string[] = [];
  add(text: () => string): void {
    this.count += 1;
    if (this.named.length < mostNamed) this.named.push(text());
  }
}

const mostNamed = 5;

/** The rule of three is an approximation for large n; below this it says nothing. */
const leastForOdds = 30;

/**
 * Calls back with the ledger indices of each signal, in order of sending. Nearly all signals of a long run are sent once, so
 * only those that are repeated get a list.
 */
function forEachSignal(ledger: Ledger, visit: (attempts: readonly number[], signal: number) => void): void {
  const isAttempt = (at: number): boolean => ledger.signalOf(at) !== none && ledger.isSignal(at);
  const counts = new Uint8Array(ledger.signals.size);
  for (let at = 0; at < ledger.length; at += 1) {
    const signal = ledger.signalOf(at);
    if (isAttempt(at)) counts[signal] = Math.min(2, (counts[signal] ?? 0) + 1);
  }
  const repeated = new Map<number, number[]>();
  for (let at = 0; at < ledger.length; at += 1) {
    if (!isAttempt(at)) continue;
    const signal = ledger.signalOf(at);
    if (counts[signal] === 1) {
      visit([at], signal);
      continue;
    }
    const attempts = repeated.get(signal);
    if (attempts === undefined) repeated.set(signal, [at]);
    else attempts.push(at);
  }
  for (const [signal, attempts] of repeated)
    visit(
      attempts.sort((a, b) => ledger.sendUs(a) - ledger.sendUs(b)),
      signal,
    );
}

function accountOf(ledger: Ledger, profile: TargetProfile): Account {
  const lost = new Tally();
  const duplicated = new Tally();
  const suppressed = new Tally();
  const ttlUs = profile.idempotency.kind === 'none' ? null : ttlMs(profile) * 1000;
  let keys = 0;
  let repeatedKeys = 0;
  let unknown = 0;
  const webhooks = new Set<number>();

  forEachSignal(ledger, (attempts, signal) => {
    const [first] = attempts;
    if (first === undefined) return;
    webhooks.add(ledger.webhookOf(first));
    keys += 1;
    if (attempts.length > 1) repeatedKeys += 1;
    const id = (): string => ledger.signals.text(signal);
    const accepted = attempts.filter((at) => ledger.outcomeOf(at) === 'accepted');
    // A 5xx may have been answered after the effect, and what got no answer may have had one.
    const maybe = attempts.filter((at) => ledger.outcomeOf(at) === 'failed' || ledger.isUnknown(at));
    if (maybe.length > 0) unknown += 1;
    const effects = ledger.effects(signal);

    if (effects < accepted.length)
      lost.add(() => `${id()}: accepted ${accepted.length} times, processed ${effects} times`);
    if (effects > accepted.length + maybe.length) {
      duplicated.add(() => `${id()}: processed ${effects} times, accepted ${accepted.length} times`);
    }
    if (ttlUs === null) return;
    accepted.forEach((later, n) => {
      const earlier = accepted[n - 1];
      if (earlier === undefined || ledger.endUs(later) - ledger.sendUs(earlier) >= ttlUs - toleranceUs) return;
      duplicated.add(
        () => `${id()}: accepted twice within ${((ledger.endUs(later) - ledger.sendUs(earlier)) / 1000).toFixed(0)} ms`,
      );
    });
    for (const at of attempts) {
      if (ledger.outcomeOf(at) !== 'duplicate') continue;
      const explained = [...accepted, ...maybe].some(
        (first) =>
          ledger.sendUs(first) <= ledger.endUs(at) && ledger.sendUs(at) - ledger.endUs(first) <= ttlUs + toleranceUs,
      );
      if (!explained)
        suppressed.add(() => `${id()}: answered as duplicate with no acceptance in the ${ttlUs / 1000} ms before`);
    }
  });

  const readEffects = [...ledger.readbacks.values()].reduce((sum, count) => sum + count, 0);
  const missing = [...webhooks].filter((webhook) => !ledger.readbacks.has(webhook)).length;
  const unread = missing > 0 ? missing : readEffects === ledger.effectCount ? 0 : 1;
  return { keys, repeatedKeys, unknown, lost, duplicated, suppressed, unread };
}

/** Milliseconds between the first and the last sending of burst's identical signals. */
export function burstSpreadMs(ledger: Ledger): number | null {
  let fromUs = Number.POSITIVE_INFINITY;
  let toUs = 0;
  for (let at = 0; at < ledger.length; at += 1) {
    if (ledger.purposeOf(at) !== 'load') continue;
    fromUs = Math.min(fromUs, ledger.sendUs(at));
    toUs = Math.max(toUs, ledger.sendUs(at));
  }
  return toUs === 0 ? null : (toUs - fromUs) / 1000;
}

export const exactlyOnce: Rule = {
  criterion: 'exactly-once',
  scenarios: null,
  needs: (run) => [...ledgersOf(exactlyOnce, run), 'counts'],
  judge(run) {
    const { profile } = run.manifest;
    const evidence: string[] = [];
    const parts: FindingPart[] = [];
    let keys = 0;
    let repeatedKeys = 0;
    let unknown = 0;
    const wrong = { lost: 0, 'processed twice': 0, 'wrongly suppressed': 0 };
    for (const { name, ledger } of run.scenarios) {
      if (ledger === null) continue;
      const account = accountOf(ledger, profile);
      keys += account.keys;
      repeatedKeys += account.repeatedKeys;
      unknown += account.unknown;
      const lostCount = account.unread > 0 ? 0 : account.lost.count;
      wrong.lost += lostCount;
      wrong['processed twice'] += account.duplicated.count;
      wrong['wrongly suppressed'] += account.suppressed.count;
      if (lostCount > 0) evidence.push(...account.lost.named.map((text) => `${name}: lost: ${text}`));
      evidence.push(...account.duplicated.named.map((text) => `${name}: twice: ${text}`));
      evidence.push(...account.suppressed.named.map((text) => `${name}: suppressed: ${text}`));

      const spreadMs = name === 'burst' ? burstSpreadMs(ledger) : null;
      const tooWide = spreadMs !== null && spreadMs >= ttlMs(profile);
      const bad = lostCount + account.duplicated.count + account.suppressed.count;
      parts.push({
        scenario: name,
        status: bad > 0 ? 'fail' : account.unread > 0 || tooWide ? 'inconclusive' : 'pass',
        summary: [
          `${counted(account.keys, 'signal')}, ${account.repeatedKeys} of them repeated, ${bad} wrong`,
          ...(account.unknown > 0 ? [`${account.unknown} unknown`] : []),
          ...(account.unread > 0 ? [`read-back of ${counted(account.unread, 'webhook')} incomplete`] : []),
          ...(spreadMs === null
            ? []
            : [`achieved spread ${spreadMs.toFixed(1)} ms${tooWide ? ', not within the TTL' : ''}`]),
        ].join('; '),
      });
    }
    const complaints = Object.entries(wrong).flatMap(([kind, count]) => (count > 0 ? [`${count} ${kind}`] : []));
    const status = parts.length === 0 ? 'inconclusive' : worst(parts.map((part) => part.status));
    if (status !== 'fail' && profile.readback.kind === 'none') {
      return {
        status: 'inconclusive',
        summary: 'the target offers no read-back, and answers alone cannot show what was lost or processed twice',
        parts,
      };
    }
    const odds =
      repeatedKeys >= leastForOdds && complaints.length === 0
        ? [
            `no duplicate in ${repeatedKeys} repeated signals: with 95 % certainty fewer than ${((3 / repeatedKeys) * 100).toFixed(2)} % are (rule of three)`,
          ]
        : [];
    return {
      status,
      summary:
        complaints.length > 0
          ? `${complaints.join(', ')} of ${counted(keys, 'signal')}`
          : `${counted(keys, 'signal')} read back, none lost, none processed twice${unknown > 0 ? `, ${unknown} of unknown effect` : ''}`,
      evidence: [...evidence, ...odds],
      parts,
    };
  },
};
