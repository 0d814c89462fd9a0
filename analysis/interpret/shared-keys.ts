import { sharedKeys } from '../../contract/plan/signal-key.ts';
import { keyLifeOf } from '../../contract/profile/key-life.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import type { Ledger } from '../journal/ledger.ts';
import { none } from '../journal/ledger-rows.ts';
import type { SameSignals } from '../journal/meaning.ts';
import { isOfForgedPhase } from './forged.ts';
import { decidedByUs } from './quota-use.ts';
import { maxShownUs } from './tolerance.ts';

/** All requests that carry one id. */
interface Sent {
  readonly signal: number;
  webhook: number;
  fromUs: number;
  toUs: number;
}

/**
 * Where the declared key is coarser than the signal, signals of one key that lie within one TTL are one: the later ones repeat
 * the first. In the ledger that this returns they have the index of the first, and its effects are those of all of them.
 * What lies further apart stays apart: the first, expired, and a new first.
 */
export function joinSharedKeys(ledger: Ledger, profile: TargetProfile): Ledger {
  const keyOf = sharedKeys(profile, ledger.phases.phases);
  if (keyOf === null || profile.idempotency.kind === 'none') return ledger;
  const ttlUs = keyLifeOf(profile.idempotency).maxMs * 1000;
  const sent = sentSignals(ledger, ttlUs);
  const byKey = new Map<string, Sent[]>();
  ledger.signals.forEach((id, signal) => {
    const one = sent.get(signal);
    if (one === undefined) return;
    const key = keyOf(id, one.webhook);
    const list = byKey.get(key);
    if (list === undefined) byKey.set(key, [one]);
    else list.push(one);
  });
  const firstOf = new Map<number, number>();
  const effects = new Map<number, number>();
  for (const list of byKey.values()) {
    list.sort((a, b) => a.fromUs - b.fromUs);
    let first = list[0];
    let toUs = first?.toUs ?? 0;
    for (const one of list) {
      if (first === undefined || one.fromUs - toUs > maxShownUs(ttlUs)) first = one;
      toUs = first === one ? one.toUs : Math.max(toUs, one.toUs);
      if (one !== first) firstOf.set(one.signal, first.signal);
      effects.set(first.signal, (effects.get(first.signal) ?? 0) + ledger.effects(one.signal));
    }
  }
  const same: SameSignals = { firstOf, effects };
  return firstOf.size === 0 ? ledger : ledger.as({ same });
}

/** False signals are left out: what is refused has no key, and each is judged by itself. */
function sentSignals(ledger: Ledger, ttlUs: number): ReadonlyMap<number, Sent> {
  const sent = new Map<number, Sent>();
  for (let at = 0; at < ledger.length; at += 1) {
    const signal = ledger.signalOf(at);
    if (signal === none || !ledger.isSignal(at) || isOfForgedPhase(ledger, at)) continue;
    const one = sent.get(signal) ?? {
      signal,
      webhook: ledger.webhookOf(at),
      fromUs: Number.POSITIVE_INFINITY,
      toUs: 0,
    };
    sent.set(signal, one);
    one.fromUs = Math.min(one.fromUs, ledger.sendUs(at));
    // What got no answer may be decided later than its sender waited. One that was cut on purpose says nothing of a server that stood still.
    const isCut = ledger.outcomeOf(at) === 'abandoned';
    const decidedUs = Math.max(
      ledger.endUs(at) + (ledger.isUnknown(at) ? ttlUs : 0),
      isCut ? 0 : decidedByUs(ledger, at),
    );
    one.toUs = Math.max(one.toUs, decidedUs);
  }
  return sent;
}
