import { coarseKeyWords, isKeyShared, keyInWords } from '../profile/idempotency-key.ts';
import { keyLifeOf } from '../profile/key-life.ts';
import type { TargetProfile } from '../profile/profile.ts';
import { plannedSignal } from './made-signal.ts';
import type { PlannedPhase } from './plan.ts';
import type { SignalVariant } from './signal.ts';
import { parseSignalId } from './signal-id.ts';

// Which signals share an idempotency key, as the profile declares it. Plans keep those of one key apart, by webhook or in time;
// analysis takes those that lie within one TTL for one signal. A key that holds the id is each signal's own: nothing here matters.
//
// A key that holds none repeats as signals are numbered: with the action alone every second signal has the same. Signals go to W
// webhooks in turn, so one key comes to one webhook again after lcm(P, W) signals, P being the period of its words.

/** After so many signals a word has the same values again: see made-signal.ts. */
const periods: Readonly<Record<string, number>> = { action: 2, ticker: 8, quantity: 10, price: 1000 };

/** Beyond the TTL: for an answer that takes long, and a clock that is not quite even. */
const spareMs = 500;
const spareShare = 0.1;

/** For longer than this no plan keeps two signals of one key apart. */
const maxGapMs = 30_000;

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
const lcm = (a: number, b: number): number => (a / gcd(a, b)) * b;

/** After how many signals the key comes again; null where each signal has its own. */
export function keyPeriod(profile: TargetProfile): number | null {
  const words = coarseKeyWords(profile);
  return words === null ? null : [...words].reduce((all, word) => lcm(all, periods[word] ?? 1), 1);
}

/** From a signal's last request to the first of another signal of its key, which then is none of its repeats. */
function gapMs({ idempotency }: TargetProfile): number {
  return idempotency.kind === 'none' ? 0 : Math.ceil((1 + spareShare) * keyLifeOf(idempotency).maxMs) + spareMs;
}

/** The key's period, where plans keep its signals apart; else null. */
function plannedPeriod(profile: TargetProfile): number | null {
  return gapMs(profile) > maxGapMs ? null : keyPeriod(profile);
}

/** Between two phases on the same webhooks; 0 where each signal has a key of its own. */
export const keyGapMs = (profile: TargetProfile): number => (plannedPeriod(profile) === null ? 0 : gapMs(profile));

/** After how many signals to so many webhooks in turn one of the first's key comes to its webhook, or to any under shared keys. */
const signalsApart = (profile: TargetProfile, period: number, webhooks: number): number =>
  isKeyShared(profile) ? period : lcm(period, webhooks);

/**
 * The same where the repeat of each signal goes to the webhook of the next one: signal m comes to that of signal n if m - n is 0, 1
 * or -1 modulo W.
 *
 *     P = 2, W = 3        webhook 0   webhook 1   webhook 2
 *     signal 0, first     x           repeat
 *     signal 1                        first       repeat
 *     signal 2            repeat                  first         of the key of signal 0, after 2 signals, not 6
 */
function signalsApartWithNext(profile: TargetProfile, period: number, webhooks: number): number {
  if (isKeyShared(profile)) return period;
  let apart = period;
  while (apart % webhooks > 1 && apart % webhooks < webhooks - 1) apart += period;
  return apart;
}

/**
 * The least time from one signal to the next, if they go to so many webhooks in turn and each is repeated within `lengthMs`; 0
 * where each has a key of its own.
 * @param variant how the repeats differ. By another ticker: no two signals in turn are sure to have different keys. By webhook: they go to
 * that of the next signal.
 */
export function keyEveryMs(
  profile: TargetProfile,
  webhooks: number,
  lengthMs = 0,
  variant: SignalVariant = 'none',
): number {
  const period = plannedPeriod(profile);
  if (period === null) return 0;
  const apart =
    variant === 'webhook'
      ? signalsApartWithNext(profile, period, webhooks)
      : signalsApart(profile, variant === 'ticker' ? 1 : period, webhooks);
  return Math.ceil((gapMs(profile) + lengthMs) / apart);
}

/** Signals of different keys that one webhook gets at one instant, if they go to so many webhooks in turn; infinite without need. */
export function keysAtOnce(profile: TargetProfile, webhooks: number): number {
  const period = plannedPeriod(profile);
  if (period === null) return Number.POSITIVE_INFINITY;
  return Math.max(1, Math.floor(signalsApart(profile, period, webhooks) / webhooks));
}

/** More webhooks than this are not made to keep signals of one key apart. */
const maxSpread = 199;

/**
 * How many webhooks load is spread over, where a scenario wants `wanted` and has `available`: more of them if signals of one key
 * would else slow it down. An odd number that five does not divide gets each webhook signals of every key.
 */
export function spreadOver(profile: TargetProfile, wanted: number, available: number, perSecond: number): number {
  const period = plannedPeriod(profile);
  if (period === null || isKeyShared(profile)) return Math.min(wanted, available);
  const needed = Math.ceil((perSecond * gapMs(profile)) / 1000 / period);
  let webhooks = Math.min(Math.max(wanted, needed), maxSpread, available);
  while (webhooks < Math.min(maxSpread, available) && gcd(webhooks, 10) > 1) webhooks += 1;
  while (webhooks > 1 && gcd(webhooks, 10) > 1) webhooks -= 1;
  return webhooks;
}

/** Why signals of one key come too soon, for the notes of a plan; null if they do not. */
export function repeatedKeysNote(profile: TargetProfile, what: string): string | null {
  const period = keyPeriod(profile);
  if (period === null) return null;
  const many = period === 1 ? 'one value' : `${period} values`;
  return `the idempotency key (${keyInWords(profile)}) has ${many}${isKeyShared(profile) ? '' : ' on a webhook'}: ${what}, and expected as such`;
}

/** What is said of a plan that cannot keep signals of one key apart, because the TTL is too long. */
export function longKeysNote(profile: TargetProfile): string | null {
  return plannedPeriod(profile) !== null
    ? null
    : repeatedKeysNote(profile, 'within a TTL so long most signals are repeats');
}

/**
 * The key of a signal by its id in the ledger.
 * @param phases whose plan may say what the signals hold.
 * @returns null where each signal has a key of its own.
 */
export function sharedKeys(
  profile: TargetProfile,
  phases: readonly Pick<PlannedPhase, 'signals'>[] = [],
): ((id: string, webhook: number) => string) | null {
  const words = coarseKeyWords(profile);
  if (words === null) return null;
  const isShared = isKeyShared(profile);
  const planned = phases.flatMap(({ signals }) => signals.filter(({ content }) => content !== undefined));
  return (id, webhook) => {
    const parsed = parseSignalId(id);
    const place = isShared ? '' : `${webhook} `;
    // Nobody's we know.
    if (parsed === null) return `${place}id ${id}`;
    const { code, n } = parsed;
    const own = planned.find((one) => one.code === code && n >= one.first && n < one.first + one.count);
    const { action, ticker, quantity, price } = plannedSignal(own ?? { first: 0 }, n, id);
    const values: Readonly<Record<string, string | number>> = {
      ...{ action, quantity, price },
      ticker: tickerIn(parsed.variant) ?? ticker,
    };
    return place + [...words].map((word) => `${word} ${values[word] ?? ''}`).join(' ');
  };
}

/** Signals that share an id differ in the ticker, or in the webhook: see signal-id.ts. */
const tickerIn = (variant: string | null): string | null =>
  variant === null || variant.startsWith('@') ? null : variant;
