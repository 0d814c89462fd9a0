import type { Ledger } from '../../journal/ledger.ts';
import { longestGapUs, shortestGapUs, surelyPastTtl, surelyWithinTtl } from '../ttl.ts';
import { type ProbeInput, type ProbeResult, shareOf, tells } from './probe.ts';

/** Repeats after one gap, by the side of the TTL on which they surely lie, and how many were answered as promised. */
interface GapCounts {
  within: number;
  recognized: number;
  past: number;
  fresh: number;
  /** Those that may lie on either side. */
  either: number;
  /** Those whose answer does not tell a duplicate from an acceptance. */
  ambiguous: number;
}

/** The longest gap that surely was still recognized, and the shortest that surely was not. */
interface TtlRange {
  recognizedUs: number;
  freshUs: number;
}

/**
 * The TTL from both sides: a repeat surely within it is a duplicate, one surely past it a new signal. A repeat that may lie on
 * either side, as after a stall of the generator, proves nothing. From all of them: the longest gap that surely was still
 * recognized and the shortest that surely was not, between which the true TTL lies.
 */
export function probeGaps(input: ProbeInput): ProbeResult {
  const range: TtlRange = { recognizedUs: 0, freshUs: Number.POSITIVE_INFINITY };
  const gaps = input.gaps.map(({ gapTtl, signals }) => ({ gapTtl, counts: countsOf(input, signals, range) }));
  narrowByRefresh(input, range);
  const early = gaps.flatMap(({ gapTtl, counts: { within, recognized } }) =>
    recognized < within ? [`${within - recognized} of ${within} at ${gapTtl} TTL`] : [],
  );
  const late = gaps.flatMap(({ gapTtl, counts: { past, fresh } }) =>
    fresh < past ? [`${past - fresh} of ${past} at ${gapTtl} TTL`] : [],
  );
  const isAnyRecognized = gaps.some(({ counts }) => counts.recognized > 0);
  const complaints = [
    ...(early.length > 0 ? [`${nameOfEarly(range, input.ttlUs, isAnyRecognized)}: ${early.join(', ')}`] : []),
    ...(late.length > 0 ? [`${nameOfLate(range, input.ttlUs)}: ${late.join(', ')}`] : []),
  ];
  const isBounded = range.recognizedUs > 0 && range.freshUs < Number.POSITIVE_INFINITY;
  const remarks = [
    ...(complaints.length === 0 && isBounded
      ? [`TTL kept from both sides: recognized after ${ms(range.recognizedUs)}, new after ${ms(range.freshUs)}`]
      : []),
    ...gaps.flatMap(({ gapTtl, counts }) => remarkOn(gapTtl, counts)),
  ];
  return { complaints, undecided: undecidedIn(gaps.map(({ counts }) => counts)), remarks };
}

function countsOf(
  { ledger, ttlUs }: ProbeInput,
  signals: readonly (readonly number[])[],
  range: TtlRange,
): Readonly<GapCounts> {
  const counts: GapCounts = { within: 0, recognized: 0, past: 0, fresh: 0, either: 0, ambiguous: 0 };
  for (const [first, repeat] of signals) {
    if (first === undefined || repeat === undefined || ledger.outcomeOf(first) !== 'accepted') continue;
    const outcome = ledger.outcomeOf(repeat);
    if (outcome !== 'accepted' && outcome !== 'duplicate') continue;
    if (!tells(ledger, repeat)) {
      counts.ambiguous += 1;
      continue;
    }
    narrow(range, ledger, first, repeat);
    const isDuplicate = outcome === 'duplicate';
    if (surelyWithinTtl(ledger, first, repeat, ttlUs)) {
      counts.within += 1;
      if (isDuplicate) counts.recognized += 1;
    } else if (surelyPastTtl(ledger, first, repeat, ttlUs)) {
      counts.past += 1;
      if (!isDuplicate) counts.fresh += 1;
    } else counts.either += 1;
  }
  return counts;
}

function narrow(range: TtlRange, ledger: Ledger, first: number, repeat: number): void {
  if (ledger.outcomeOf(repeat) === 'duplicate') {
    range.recognizedUs = Math.max(range.recognizedUs, shortestGapUs(ledger, first, repeat));
  } else range.freshUs = Math.min(range.freshUs, longestGapUs(ledger, first, repeat));
}

/** The first repeat of the refresh probe narrows the range: at 0.7 TTL. */
function narrowByRefresh({ ledger, signals }: ProbeInput, range: TtlRange): void {
  for (const [first, repeat, last] of signals('idempotency.refresh')) {
    if (first === undefined || repeat === undefined || ledger.outcomeOf(first) !== 'accepted') continue;
    if (!tells(ledger, repeat) || (last !== undefined && shortestGapUs(ledger, repeat, last) <= 0)) continue;
    narrow(range, ledger, first, repeat);
  }
}

const ms = (us: number): string => `${Math.round(us / 1000)} ms`;

/** One TTL explains all answers; else only some answers are wrong. */
const isOneTtl = ({ recognizedUs, freshUs }: TtlRange): boolean => recognizedUs <= freshUs;

function ttlInWords({ recognizedUs, freshUs }: TtlRange): string {
  if (recognizedUs <= 0) return `less than ${ms(freshUs)}`;
  if (freshUs === Number.POSITIVE_INFINITY) return `more than ${ms(recognizedUs)}`;
  return `about ${ms((recognizedUs + freshUs) / 2)}, between ${ms(recognizedUs)} and ${ms(freshUs)}`;
}

function nameOfEarly(range: TtlRange, ttlUs: number, isAnyRecognized: boolean): string {
  if (!isAnyRecognized && range.recognizedUs <= 0) return 'no repeat within the TTL is recognized';
  return isOneTtl(range)
    ? `TTL shorter than declared (${ttlInWords(range)}; declared ${ms(ttlUs)})`
    : `repeats within the TTL of ${ms(ttlUs)} taken as new`;
}

function nameOfLate(range: TtlRange, ttlUs: number): string {
  return isOneTtl(range)
    ? `TTL longer than declared (${ttlInWords(range)}; declared ${ms(ttlUs)})`
    : `repeats past the TTL of ${ms(ttlUs)} taken for duplicates`;
}

function remarkOn(gapTtl: number, { within, recognized, past, fresh, either }: GapCounts): readonly string[] {
  const said = [
    ...(within > 0 ? [`${shareOf(recognized, within)} recognized`] : []),
    ...(past > 0 ? [`${shareOf(fresh, past)} taken as new`] : []),
    ...(either > 0 ? [`${either} too close to the TTL to tell`] : []),
  ];
  return said.length > 0 ? [`repeated after ${gapTtl} TTL: ${said.join('; ')}`] : [];
}

function undecidedIn(counts: readonly GapCounts[]): readonly string[] {
  const ambiguous = counts.reduce((sum, each) => sum + each.ambiguous, 0);
  return [
    ...(counts.every(({ within }) => within === 0) ? ['no repeat fell surely within the TTL'] : []),
    ...(counts.every(({ past }) => past === 0) ? ['no repeat fell surely past the TTL'] : []),
    ...(ambiguous > 0
      ? [
          `${ambiguous} repeats had the body of the first answer, and no other was ever seen: it does not tell a replay from a new acceptance`,
        ]
      : []),
  ];
}
