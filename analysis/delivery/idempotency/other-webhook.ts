import { type ElsewhereRole, isOneSignal } from '../../../contract/plan/elsewhere.ts';
import { sharedId } from '../../../contract/plan/signal-id.ts';
import { secondTenantAdvice } from '../../../contract/profile/second-tenant.ts';
import { forEachSignal } from '../../interpret/attempts.ts';
import { isOfForgedPhase } from '../../interpret/forged.ts';
import type { Ledger } from '../../journal/ledger.ts';
import { type ComplaintFault, complaint } from '../complaint.ts';
import { allWithinTtl } from '../ttl.ts';
import { isNoticedChange, mayHaveChanged } from './changed-payload.ts';
import {
  haveOwnEffects,
  isRefusedRepeat,
  nothing,
  type ProbeInput,
  type ProbeResult,
  shareOf,
  tells,
} from './probe.ts';

interface Pairs {
  /** The two were taken for one signal. */
  readonly joined: number;
  readonly apart: number;
}

/**
 * The same signal, sent to two webhooks: two signals, unless the webhooks share their keys. Then its requests are those of a
 * repeat, which are judged like any other; here it is said what that means.
 */
export function probeOtherWebhook(input: ProbeInput): ProbeResult {
  const { joined, apart } = pairsOf('idempotency.other-webhook', input);
  const n = joined + apart;
  if (n === 0) return nothing;
  if (!isOneSignal('idempotency.other-webhook', input.profile)) {
    return joined > 0
      ? complain(
          'key too coarse',
          `signals of distinct webhooks were taken for duplicates, in ${shareOf(joined, n)} of the pairs with one id: the key holds no webhook (if webhooks are to share their keys, declare idempotency.scope)`,
        )
      : remark(`the same signal to two webhooks: two, in ${shareOf(n, n)} of the pairs`);
  }
  return apart > 0
    ? complain(
        'key too fine',
        `the same signal was accepted by two webhooks, which by idempotency.scope share their keys: ${shareOf(apart, n)} of the pairs`,
      )
    : remark(`the same signal to two webhooks: one, in ${shareOf(n, n)} of the pairs`);
}

/** The same signal, sent by two tenants. What one of them sends must not make the other lose a signal. */
export function probeOtherTenant(input: ProbeInput): ProbeResult {
  const { ledger, profile } = input;
  const { joined, apart } = pairsOf('idempotency.other-tenant', input);
  const n = joined + apart;
  if (n === 0) {
    const isAsked = ledger.phases.withRole('idempotency.gap').length > 0;
    const isTold = !isAsked || profile.provisioning.secondTenant === true;
    return isTold
      ? nothing
      : remark(
          `the same signal of two tenants: not judged, for it takes a second tenant (set ${secondTenantAdvice(profile)})`,
        );
  }
  if (!isOneSignal('idempotency.other-tenant', profile)) {
    return joined > 0
      ? complain(
          'key too coarse',
          `the key is shared by tenants: signals of distinct tenants were taken for duplicates, in ${shareOf(joined, n)} of the pairs with one id (if all are to share their keys, declare idempotency.scope "all")`,
        )
      : remark(`the same signal of two tenants: two, in ${shareOf(n, n)} of the pairs`);
  }
  return apart > 0
    ? complain(
        'key too fine',
        `the same signal was accepted from two tenants, which by idempotency.scope "all" share their keys: ${shareOf(apart, n)} of the pairs`,
      )
    : remark(`the same signal of two tenants: one, in ${shareOf(n, n)} of the pairs`);
}

function pairsOf(role: ElsewhereRole, { ledger, life, signals }: ProbeInput): Pairs {
  const byId = new Map<string, number[]>();
  for (const at of signals(role).flat()) {
    const id = sharedId(ledger.signals.text(ledger.signalOf(at)));
    const pair = byId.get(id);
    if (pair === undefined) byId.set(id, [at]);
    else pair.push(at);
  }
  const pairs = [...byId.values()].map((pair) => pair.sort((a, b) => ledger.sendUs(a) - ledger.sendUs(b)));
  const refusing = refusingWebhooks(ledger, pairs);
  let joined = 0;
  let apart = 0;
  for (const pair of pairs) {
    const [first = 0, ...others] = pair;
    if (others.some((at) => ledger.outcomeOf(at) === 'rejected' && refusing.has(ledger.webhookOf(at)))) continue;
    if (others.length === 0 || ledger.outcomeOf(first) !== 'accepted') continue;
    if (!others.every((at) => tells(ledger, at) || isRefused(ledger, at))) continue;
    const isOne = areTakenForOne(ledger, pair);
    if (isOne === true) joined += 1;
    // After a TTL any key is new.
    else if (isOne === false && allWithinTtl(ledger, pair, life)) apart += 1;
  }
  return { joined, apart };
}

/** Webhooks that reject all requests of signals that repeat no other: that they reject the second of a pair says nothing of its id. */
function refusingWebhooks(ledger: Ledger, pairs: readonly (readonly number[])[]): ReadonlySet<number> {
  const firsts = new Set(pairs.map(([first]) => first));
  const webhooks = new Set<number>();
  forEachSignal(ledger, (attempts) => {
    const [first] = attempts;
    if (first === undefined || isOfForgedPhase(ledger, first)) return;
    if (!attempts.every((at) => ledger.outcomeOf(at) === 'rejected')) return;
    if (!mayHaveChanged(ledger, first) || firsts.has(first)) webhooks.add(ledger.webhookOf(first));
  });
  return webhooks;
}

const complain = (fault: ComplaintFault, text: string): ProbeResult => ({
  ...nothing,
  complaints: [complaint(fault, text)],
});
const remark = (text: string): ProbeResult => ({ ...nothing, remarks: [text] });

const isRefused = (ledger: Ledger, at: number): boolean => isRefusedRepeat(ledger, at) || isNoticedChange(ledger, at);

/** Null where two equal answers may be a replay, or tell nothing but the id. */
function areTakenForOne(ledger: Ledger, pair: readonly number[]): boolean | null {
  if (haveOwnEffects(ledger, pair)) return false;
  // A second that is refused was taken for the first one with another address.
  if (pair.some((at) => ledger.outcomeOf(at) === 'duplicate' || isRefused(ledger, at))) return true;
  const hashes = new Set(pair.map((at) => ledger.answerHashOf(at)));
  if (hashes.has(0) || hashes.size === pair.length) return false;
  return ledger.replays === 'distinguishable' ? true : null;
}
