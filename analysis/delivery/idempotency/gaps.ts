import type { Measure } from '../../../contract/report/report.ts';
import { areEffectsBefore } from '../../interpret/effect-clock.ts';
import type { Ledger } from '../../journal/ledger.ts';
import { counted } from '../../words.ts';
import { type Complaint, type ComplaintFault, complaint } from '../complaint.ts';
import { surelyPastTtl, surelyWithinTtl } from '../ttl.ts';
import { isOverSame, keysPerWorker, otherConnectionWords } from './keys-per-worker.ts';
import { areProcessedOnce, haveFewerEffects, type ProbeInput, type ProbeResult, shareOf, tells } from './probe.ts';
import { type RefusedRepeats, refusedRepeats } from './refused-repeats.ts';
import { type StampedKeys, stampedKeys } from './stamped-keys.ts';
import { lateCopiesOf } from './together.ts';
import { narrow, newRange, type TtlRange, ttlRangeOf } from './ttl-range.ts';
import {
  adviceOn,
  adviceOnStamp,
  faultsOfEarly,
  isExpiryTested,
  keptInWords,
  ms,
  nameOfEarly,
  nameOfLate,
  tooWide,
} from './ttl-words.ts';

type Gap = ProbeInput['gaps'][number];

/** Repeats after one gap, by the side of the TTL on which they surely lie, and how many were answered as promised. */
interface GapCounts {
  within: number;
  recognized: number;
  /** Those of the recognized that were answered as accepted all the same. */
  asAccepted: number;
  past: number;
  fresh: number;
  /** Those past it that were answered as accepted, and not processed. */
  dropped: number;
  /** Those that may lie on either side. */
  either: number;
  /** Those whose answer does not tell a duplicate from an acceptance. */
  ambiguous: number;
}

/**
 * The TTL from both sides: a repeat surely within it is a duplicate, one surely past it a new signal. A repeat that may lie on
 * either side, as after a stall of the generator, proves nothing. From all of them: the longest gap that surely was still
 * recognized and the shortest that surely was not, between which the true TTL lies.
 */
export function probeGaps(input: ProbeInput): ProbeResult {
  const { gaps, range, told, perWorker, others } = countGaps(input);
  const early = earlyIn(gaps, perWorker === null ? lateCopiesOf(input, range) : null);
  const late = gaps.flatMap(({ gap, counts: { past, fresh, dropped } }) =>
    fresh + dropped < past ? [`${past - fresh - dropped} of ${past} at ${gap}`] : [],
  );
  const asAccepted = gaps.flatMap(({ gap, counts }) =>
    counts.asAccepted > 0 ? [`${counts.asAccepted} of ${counts.within} at ${gap}`] : [],
  );
  const dropped = gaps.flatMap(({ gap, counts }) =>
    counts.dropped > 0 ? [`${counts.dropped} of ${counts.past} at ${gap}`] : [],
  );
  const isAnyRecognized = gaps.some(({ counts }) => counts.recognized > 0);
  const refused = refusedRepeats(input);
  const stamped = early.length > 0 ? stampedKeys(input) : 'no';
  const isLaterKept = gaps.every(({ atOnce, counts }) => atOnce || counts.recognized === counts.within);
  const how = { isAnyRecognized, isLaterKept, stamped };
  const complaints: readonly Complaint[] = [
    ...(perWorker === null ? [] : [complaint('keys per worker', perWorker)]),
    ...(refused.text === null ? [] : [complaint('repeats fail', refused.text)]),
    ...complaintsOf(faultsOfEarly(range, how), nameOfEarly(range, input, how), early),
    ...complaintsOf(['TTL longer'], nameOfLate(range, input), late),
    ...complaintsOf(['dropped later'], nameOfDropped, dropped),
  ];
  const open = complaints.length === 0 ? tooWide(range, input) : [];
  const isRight = complaints.length === 0 && open.length === 0;
  const remarks = [
    ...(isRight ? keptInWords(range, input) : []),
    ...(complaints.length > 0 && dropped.length === 0 && perWorker === null ? adviceFor(stamped, range) : []),
    ...(perWorker === null && others !== null ? [others] : []),
    ...(asAccepted.length > 0
      ? [`repeats within the TTL are answered as accepted, but processed once: ${asAccepted.join(', ')}`]
      : []),
    ...told.flatMap(({ gap, counts }) => remarkOn(gap, counts)),
  ];
  return {
    complaints,
    undecided: [
      ...undecidedIn(
        told.map(({ counts }) => counts),
        refused,
        isExpiryTested(input),
      ),
      ...open,
    ],
    remarks,
    // They measure no TTL.
    measures:
      stamped === 'stamp'
        ? []
        : [
            ...(range.recognizedUs > 0 ? [millis('key-recognized-after', range.recognizedUs)] : []),
            ...(range.freshUs < Number.POSITIVE_INFINITY ? [millis('key-expired-after', range.freshUs)] : []),
          ],
  };
}

/** Of keys per worker, repeats over another connection say nothing of how long a key lives: only the others are judged. */
function countGaps(input: ProbeInput) {
  const counted = (isJudged: (gap: Gap, attempts: readonly number[]) => boolean, into: TtlRange) =>
    input.gaps.map((gap) => ({
      gap: gapInWords(input, gap),
      atOnce: gap.gapTtl === 0,
      counts: countsOf(
        input,
        gap.signals.filter((attempts) => isJudged(gap, attempts)),
        into,
      ),
    }));
  const isSame = (gap: Gap, attempts: readonly number[]): boolean => isOverSame(input, gap, attempts);
  const same = counted(isSame, newRange());
  const other = counted((gap, attempts) => !isSame(gap, attempts), newRange());
  const byConnection = same.map(({ counts }, n) => ({ same: counts, other: other[n]?.counts ?? counts }));
  const perWorker = keysPerWorker(byConnection);
  const others = otherConnectionWords(byConnection);
  const isJudged = (gap: Gap, attempts: readonly number[]): boolean => gap.gapTtl >= 1 || isSame(gap, attempts);
  const range =
    perWorker === null
      ? ttlRangeOf(input)
      : ttlRangeOf(
          input,
          input.gaps.flatMap((gap) => gap.signals.filter((attempts) => isJudged(gap, attempts))),
        );
  const told = counted(() => true, perWorker === null ? range : newRange());
  return { gaps: perWorker === null ? told : counted(isJudged, range), range, told, perWorker, others };
}

/** Where repeats within the TTL were taken as new, with numbers. */
function earlyIn(
  gaps: readonly { readonly gap: string; readonly counts: GapCounts }[],
  lateCopies: ReturnType<typeof lateCopiesOf> | null,
): readonly string[] {
  return [
    ...gaps.flatMap(({ gap, counts: { within, recognized } }) =>
      recognized < within ? [`${within - recognized} of ${within} at ${gap}`] : [],
    ),
    ...(lateCopies !== null && lateCopies.taken > 0
      ? [`${lateCopies.taken} of ${lateCopies.within} that were to be copies at one instant and were sent late`]
      : []),
  ];
}

/** @param where it was so, with numbers. */
const complaintsOf = (
  [fault, ...less]: readonly [ComplaintFault, ...ComplaintFault[]],
  name: string,
  where: readonly string[],
): readonly Complaint[] => (where.length === 0 ? [] : [complaint(fault, `${name}: ${where.join(', ')}`, ...less)]);

const adviceFor = (stamped: StampedKeys, range: TtlRange): readonly string[] => [
  ...(stamped === 'no' ? [] : [adviceOnStamp]),
  ...(stamped === 'stamp' ? [] : adviceOn(range)),
];

/** What a worker or a unique index behind the answers may do, or a queue that loses them. */
const nameOfDropped =
  'repeats past the TTL are answered as accepted, and not processed: recognized by a later stage, or lost';

const millis = (name: string, us: number): Measure => ({ name, value: us / 1000, unit: 'ms' });

const gapInWords = ({ idempotency }: ProbeInput, { gapTtl, ttlMs }: Gap): string =>
  ttlMs === idempotency.ttlMs ? `${gapTtl} TTL` : ms(gapTtl * ttlMs * 1000);

function countsOf(
  { ledger, life }: ProbeInput,
  signals: readonly (readonly number[])[],
  range: TtlRange,
): Readonly<GapCounts> {
  const counts: GapCounts = {
    within: 0,
    recognized: 0,
    asAccepted: 0,
    past: 0,
    fresh: 0,
    dropped: 0,
    either: 0,
    ambiguous: 0,
  };
  for (const [first, repeat] of signals) {
    if (first === undefined || repeat === undefined || ledger.outcomeOf(first) !== 'accepted') continue;
    const answer = ledger.outcomeOf(repeat);
    if (answer !== 'accepted' && answer !== 'duplicate') continue;
    const isWithin = surelyWithinTtl(ledger, first, repeat, life);
    const isAsAccepted = isWithin && answer === 'accepted' && areProcessedOnce(ledger, [first, repeat]);
    const isToldDuplicate = tells(ledger, repeat) ? answer === 'duplicate' : isDuplicateByEffects(ledger, repeat);
    const isDuplicate = isAsAccepted || isToldDuplicate;
    if (isDuplicate === null) {
      counts.ambiguous += 1;
      continue;
    }
    // Whether they were new to what processes them is not known.
    if (!isDuplicate && ledger.dropsLate && haveFewerEffects(ledger, [first, repeat])) {
      if (surelyPastTtl(ledger, first, repeat, life)) {
        counts.past += 1;
        counts.dropped += 1;
      } else counts.either += 1;
      continue;
    }
    // What effects tell, the answers did not.
    if (!tells(ledger, repeat) || isAsAccepted) narrow(range, ledger, [first, repeat], isDuplicate);
    if (isWithin) {
      counts.within += 1;
      if (isDuplicate) counts.recognized += 1;
      if (isAsAccepted) counts.asAccepted += 1;
    } else if (surelyPastTtl(ledger, first, repeat, life)) {
      counts.past += 1;
      if (!isDuplicate) counts.fresh += 1;
    } else counts.either += 1;
  }
  return counts;
}

/** Where the answers of a signal and its one repeat are alike, what was processed may tell; null if it does not. */
function isDuplicateByEffects(ledger: Ledger, repeat: number): boolean | null {
  const isComplete = ledger.isReadBack(ledger.webhookOf(repeat));
  const signal = ledger.signalOf(repeat);
  const effects = ledger.effects(signal);
  if (!isComplete || effects < 1 || effects > 2) return null;
  // A server may have processed the first one twice.
  return effects === 1 || areEffectsBefore(ledger, signal, repeat);
}

function remarkOn(gap: string, { within, recognized, past, fresh, dropped, either }: GapCounts): readonly string[] {
  const said = [
    ...(within > 0 ? [`${shareOf(recognized, within)} recognized`] : []),
    ...(past > 0 ? [`${shareOf(fresh, past)} taken as new`] : []),
    ...(dropped > 0 ? [`${shareOf(dropped, past)} answered as accepted, and not processed`] : []),
    ...(either > 0 ? [`${either} too close to the TTL to tell`] : []),
  ];
  return said.length > 0 ? [`repeated after ${gap}: ${said.join('; ')}`] : [];
}

/** @param sent how many repeats fell there. */
const untested = (side: 'within' | 'past', sent: number): readonly string[] => [
  sent === 0
    ? `no repeat fell surely ${side} the TTL`
    : `none of ${counted(sent, 'repeat')} ${side} the TTL was surely answered as new or as a duplicate`,
];

/** @param isExpiryTested whether some repeats were planned past the TTL. */
function undecidedIn(
  counts: readonly GapCounts[],
  refused: RefusedRepeats,
  isExpiryTested: boolean,
): readonly string[] {
  const ambiguous = counts.reduce((sum, each) => sum + each.ambiguous, 0);
  return [
    ...(counts.every(({ within }) => within === 0) && refused.text === null ? untested('within', refused.within) : []),
    ...(isExpiryTested && counts.every(({ past }) => past === 0) ? untested('past', refused.past) : []),
    ...(ambiguous > 0
      ? [
          `${ambiguous} repeats had the body of the first answer, and no other was ever seen: it does not tell a replay from a new acceptance`,
        ]
      : []),
  ];
}
