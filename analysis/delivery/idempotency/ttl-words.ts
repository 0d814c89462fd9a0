import { keyLifeInWords } from '../../../contract/profile/key-life.ts';
import { duration } from '../../../contract/report/figures.ts';
import { toleranceUs } from '../../interpret/tolerance.ts';
import type { ComplaintFault } from '../complaint.ts';
import type { ProbeInput } from './probe.ts';
import { type StampedKeys, stampInWords } from './stamped-keys.ts';
import type { TtlRange } from './ttl-range.ts';

/** Gaps that are measured in another time than the TTL do not lie around it. */
export const isExpiryTested = ({ gaps, idempotency }: ProbeInput): boolean =>
  gaps.every(({ ttlMs }) => ttlMs === idempotency.ttlMs);

export function keptInWords({ recognizedUs, freshUs }: TtlRange, input: ProbeInput): readonly string[] {
  if (!isExpiryTested(input)) {
    const why = input.idempotency.ttlMs === null ? 'keys are kept for ever' : 'the TTL is too long to wait for';
    return [`expiry not judged: ${why}${recognizedUs > 0 ? `; recognized after up to ${ms(recognizedUs)}` : ''}`];
  }
  return recognizedUs > 0 && freshUs < Number.POSITIVE_INFINITY
    ? [`TTL kept from both sides: recognized after ${ms(recognizedUs)}, new after ${ms(freshUs)}`]
    : [];
}

/** How far from the declared TTL its bounds may lie for it to be called right: repeats after 0.5 and 2 TTL, and their answers. */
const maxTtlFactor = 2.5;

/** Slow answers leave so much of each gap open that a TTL far from the declared one would not show. */
export function tooWide(range: TtlRange, input: ProbeInput): readonly string[] {
  const { recognizedUs, freshUs } = range;
  const { minUs, maxUs } = input.life;
  if (!isExpiryTested(input) || recognizedUs <= 0 || freshUs === Number.POSITIVE_INFINITY) return [];
  if (recognizedUs >= minUs / maxTtlFactor && freshUs <= maxUs * maxTtlFactor) return [];
  return [
    `the TTL was measured ${isMeasured(recognizedUs) ? `between ${ms(recognizedUs)} and` : 'as less than'} ${ms(freshUs)} only, for answers took too long: it may not be the declared ${keyLifeInWords(input.idempotency)}`,
  ];
}

export const ms = (us: number): string => duration(Math.round(us / 1000));

/** One TTL explains all answers; else only some answers are wrong. */
export const isOneTtl = ({ recognizedUs, freshUs }: TtlRange): boolean => recognizedUs <= freshUs;

/** Repeats that were sent before the first was answered, or at once after, say nothing of how long a key lives: the middle of 0 and anything means nothing. */
const isMeasured = (recognizedUs: number): boolean => recognizedUs > toleranceUs;

/** Bounds further apart than this leave open what the TTL is: their middle is no figure to state, nor to declare. */
const maxKnownRatio = 1.5;
const isKnown = ({ recognizedUs, freshUs }: TtlRange): boolean => freshUs < maxKnownRatio * recognizedUs;

function ttlInWords(range: TtlRange): string {
  const { recognizedUs, freshUs } = range;
  if (!isMeasured(recognizedUs)) return `less than ${ms(freshUs)}`;
  if (freshUs === Number.POSITIVE_INFINITY) return `more than ${ms(recognizedUs)}`;
  const between = `between ${ms(recognizedUs)} and ${ms(freshUs)}`;
  return isKnown(range) ? `about ${ms((recognizedUs + freshUs) / 2)}, ${between}` : between;
}

interface Early {
  readonly isAnyRecognized: boolean;
  /** All repeats were recognized that did not follow at once. */
  readonly isLaterKept: boolean;
  readonly stamped: StampedKeys;
}

/** What `nameOfEarly` says, the most likely first. */
export function faultsOfEarly(
  range: TtlRange,
  { isAnyRecognized, isLaterKept, stamped }: Early,
): readonly [ComplaintFault, ...ComplaintFault[]] {
  if (stamped === 'stamp') return ['key holds the stamp'];
  // Copies of the same stamp, at one instant, may have been recognized all the same.
  if (!isAnyRecognized && stamped !== 'no' && !isMeasured(range.recognizedUs))
    return ['key holds the stamp', 'TTL shorter'];
  if (!isAnyRecognized && range.recognizedUs <= 0) return ['not recognized'];
  if (isOneTtl(range)) return stamped === 'no' ? ['TTL shorter'] : ['TTL shorter', 'key holds the stamp'];
  // What is known later was stored too late for the first repeats.
  return isLaterKept ? ['copies race'] : ['keys lost'];
}

/** What is wrong where repeats within the TTL are taken as new. */
export function nameOfEarly(
  range: TtlRange,
  { idempotency, profile }: ProbeInput,
  { isAnyRecognized, stamped }: Pick<Early, 'isAnyRecognized' | 'stamped'>,
): string {
  if (stamped === 'stamp') {
    return `repeats within the TTL are recognized only with the timestamp of the first, whatever the gap: ${stampInWords(profile)}`;
  }
  const orStamp = stamped === 'no' ? '' : `; it may also be that ${stampInWords(profile)}`;
  if (!isAnyRecognized && range.recognizedUs <= 0) return `no repeat within the TTL is recognized${orStamp}`;
  if (isOneTtl(range)) {
    return `TTL shorter than declared (${ttlInWords(range)}; declared ${keyLifeInWords(idempotency)})${orStamp}`;
  }
  return idempotency.ttlMs === null
    ? 'repeats taken as new, although keys are kept for ever'
    : `repeats within the TTL of ${keyLifeInWords(idempotency)} taken as new`;
}

export function nameOfLate(range: TtlRange, { idempotency }: ProbeInput): string {
  return isOneTtl(range)
    ? `TTL longer than declared (${ttlInWords(range)}; declared ${keyLifeInWords(idempotency)})`
    : `repeats past the TTL of ${keyLifeInWords(idempotency)} taken for duplicates`;
}

/** How to mend a key that no two requests have in common. */
export const adviceOnStamp =
  'let the key hold only what the sender repeats, such as the id of the signal: not the timestamp, and not the signature';

/** What would make the declaration fit, if keys live long enough to be kept at all. */
export function adviceOn(range: TtlRange): readonly string[] {
  const { recognizedUs, freshUs, minFreshUs } = range;
  if (recognizedUs <= 0) return [];
  if (freshUs === Number.POSITIVE_INFINITY) {
    return [`keys live more than ${ms(recognizedUs)}: declare ttlMs, or null if they are kept for ever`];
  }
  if (isOneTtl(range)) {
    return [
      isKnown(range)
        ? `keys live ${ttlInWords(range)}: declare ttlMs, or toleranceMs if that varies`
        : `keys live ${ttlInWords(range)}, and this run tells no closer: look up the TTL that the server sets`,
    ];
  }
  // A key that expires at once was lost or never claimed: no tolerance makes that right.
  return minFreshUs < minSpreadShare * recognizedUs
    ? []
    : [
        `keys live between ${ms(freshUs)} and ${ms(recognizedUs)}, or longer: declare ttlMs and toleranceMs if the store sweeps or rounds`,
      ];
}

/** Lives that vary more than this are no matter of sweeping. */
const minSpreadShare = 0.25;
