import type { DeclaredLimit } from '../../contract/profile/declared-limits.ts';
import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import type { Ledger } from '../journal/ledger.ts';
import { none } from '../journal/ledger-rows.ts';
import { mayHaveLookedNew } from './copies-in-flight.ts';

/** Requests that share the first limit's count, in order of sending. */
export interface LimitedCount {
  readonly profile: TargetProfile;
  readonly limiter: DeclaredLimiter;
  readonly ledger: Ledger;
  readonly indices: Uint32Array;
  /** Rows whose room is wanted: of the others it stays 0. Left out: all. */
  readonly isAsked?: (at: number) => boolean;
}

/** Whether the limiter, as declared, has counted this request: surely, possibly, or not at all. */
export function usesQuota(ledger: Ledger, at: number, profile: TargetProfile): 'yes' | 'maybe' | 'no' {
  const outcome = ledger.outcomeOf(at);
  if (outcome === 'unsent') return 'no';
  // Log-in, provisioning and read-back pass a limiter of the whole client or server, but perhaps not this one.
  if (!ledger.isSignal(at)) return 'maybe';
  if (outcome === 'accepted') return 'yes';
  if (outcome === 'duplicate') {
    if (profile.idempotency.kind !== 'ttl' || profile.idempotency.order !== 'before-limiter') return 'yes';
    return mayHaveLookedNew(ledger, at) ? 'maybe' : 'no';
  }
  // The rest may come from behind the limiter, and what got no answer may have been admitted.
  return outcome === 'limited' ? 'no' : 'maybe';
}

/** Whether the limiter, as declared, may have counted this request against others, though it may have refused it. */
export function mayTakePlace(ledger: Ledger, at: number, profile: TargetProfile): boolean {
  if (usesQuota(ledger, at, profile) !== 'no') return true;
  const { limiter } = profile;
  return limiter.kind !== 'none' && limiter.countsRefused === true && ledger.outcomeOf(at) === 'limited';
}

/**
 * A request without an answer may wait in the server's queue, and be decided on when its sender has long given up: so long after. A worker that
 * stood still for half a minute reads then what lay in its sockets, closed or not.
 */
const undecidedUs = 60_000_000;

/** What breaks off sooner did not wait: whoever had it refused it, or died. Later, it may be a proxy that gave up. */
const brokenOffUs = 1_000_000;

/** Until when the limiter can have decided on a request, in microseconds. */
export function decidedByUs(ledger: Ledger, at: number): number {
  const endUs = ledger.endUs(at);
  const outcome = ledger.outcomeOf(at);
  const isBroken = outcome === 'failed' && ledger.statusOf(at) === 0 && !ledger.isNeverSent(at);
  const mayWait =
    outcome === 'timeout' ||
    outcome === 'abandoned' ||
    ledger.isGivenUp(at) ||
    (isBroken && endUs - ledger.sendUs(at) >= brokenOffUs);
  return mayWait ? endUs + undecidedUs : endUs;
}

/** Whether a limit counts all webhooks together, and what belongs to none. */
export function isSharedLimit({ scope }: Pick<DeclaredLimit, 'scope'>): boolean {
  return scope !== 'webhook';
}

/** Each count under a shared limit asks for all rows of its ledger. */
const inOrder = new WeakMap<Ledger, { readonly length: number; readonly all: Uint32Array }>();

/** All rows of a ledger in order of sending. */
export function allBySending(ledger: Ledger): Uint32Array {
  const known = inOrder.get(ledger);
  if (known?.length === ledger.length) return known.all;
  const sent = Uint32Array.from({ length: ledger.length }, (_, at) => at).filter((at) => !ledger.isUnsent(at));
  const all = sent.sort((a, b) => ledger.sendUs(a) - ledger.sendUs(b));
  inOrder.set(ledger, { length: ledger.length, all });
  return all;
}

/** Ledger indices, in order of sending, of all requests that share one count of a limit: by webhook, or all of them under one key. */
export function countedUnder(ledger: Ledger, limit: Pick<DeclaredLimit, 'scope'>): ReadonlyMap<number, Uint32Array> {
  return isSharedLimit(limit) ? new Map([[none, allBySending(ledger)]]) : ledger.signalsByWebhook();
}

/** The same of the first limit that a profile declares; by webhook if it declares none. */
export function countedTogether(ledger: Ledger, { limiter }: TargetProfile): ReadonlyMap<number, Uint32Array> {
  return limiter.kind === 'none' ? ledger.signalsByWebhook() : countedUnder(ledger, limiter);
}
