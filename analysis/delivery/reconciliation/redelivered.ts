import { ttlToRepeatFor } from '../../../contract/plan/redelivery-times.ts';
import type { TargetProfile } from '../../../contract/profile/profile.ts';
import { duration } from '../../../contract/report/figures.ts';
import type { Ledger } from '../../journal/ledger.ts';
import { counted } from '../../words.ts';
import type { SignalFinding } from './findings.ts';
import type { BrieflyHeld } from './judge-refusals.ts';
import type { Signal } from './signal-outcomes.ts';
import { addTwiceCounts, countDoubled, type Doubled, noTwiceCounts, type TwiceCounts } from './twice-counts.ts';

/** Why a sender sends again. */
const causes = [
  'the connection was cut',
  'the server answered with a failure',
  'the server broke off',
  'no answer came in time',
  'it was refused',
] as const;
type Cause = (typeof causes)[number];

interface Counts {
  doubles: TwiceCounts;
  lost: number;
  /** Processed twice, and whether within one TTL is not known. */
  perhapsTwice: number;
}

/** What is known of one of them. */
interface Judged {
  readonly signal: Signal;
  readonly found: SignalFinding | null;
  readonly doubled: Doubled;
  /** If it was in progress to the end, and not for long enough to be stuck. */
  readonly held: BrieflyHeld | null;
}

/** What became of the signals that were sent again as senders do, by what made the sender do so. */
export class Redelivered {
  private readonly byCause = new Map<Cause, Counts>();
  /** Signals none of whose requests was answered as accepted or duplicate, and those of them without an effect. */
  private readonly unanswered = { n: 0, unprocessed: 0, attempts: 0 };
  /** Those of them that were in progress to the end, and not for long enough to be stuck. */
  private readonly briefly = { n: 0, heldUs: 0, neededUs: 0 };

  add(ledger: Ledger, { signal, found, doubled, held }: Judged): void {
    const { outcomes, attempts, effects, isRead } = signal;
    const cause = causeOf(ledger, signal.first);
    if (cause === null) return;
    const counts = this.byCause.get(cause) ?? { doubles: noTwiceCounts, lost: 0, perhapsTwice: 0 };
    this.byCause.set(cause, counts);
    counts.doubles = countDoubled(counts.doubles, doubled);
    if (found?.kind === 'lost') counts.lost += 1;
    if (found?.kind === 'perhaps twice') counts.perhapsTwice += 1;
    if (outcomes.accepted.length + outcomes.duplicates.length + outcomes.either.length > 0) return;
    this.unanswered.n += 1;
    this.unanswered.attempts = Math.max(this.unanswered.attempts, attempts.length);
    if (effects === 0 && isRead) this.unanswered.unprocessed += 1;
    if (held === null) return;
    this.briefly.n += 1;
    this.briefly.heldUs = Math.max(this.briefly.heldUs, held.heldUs);
    this.briefly.neededUs = held.neededUs;
  }

  counts(): RedeliveryCounts {
    const all = [...this.byCause.values()];
    return {
      ...addTwiceCounts(all.map(({ doubles }) => doubles)),
      byCause: causes.flatMap((cause) => {
        const counts = this.byCause.get(cause);
        return counts === undefined
          ? []
          : [
              {
                cause,
                n: counts.doubles.n,
                twice: counts.doubles.twice,
                lost: counts.lost,
                perhapsTwice: counts.perhapsTwice,
              },
            ];
      }),
      unanswered: { ...this.unanswered },
      briefly: { ...this.briefly },
    };
  }
}

interface OfCause {
  readonly cause: Cause;
  readonly n: number;
  readonly twice: number;
  readonly lost: number;
  readonly perhapsTwice: number;
}

export interface RedeliveryCounts extends TwiceCounts {
  readonly byCause: readonly OfCause[];
  readonly unanswered: { readonly n: number; readonly unprocessed: number; readonly attempts: number };
  readonly briefly: BrieflyHeld & { readonly n: number };
}

/** What the sender saw of the first request; null if it was told that the signal had arrived. */
function causeOf(ledger: Ledger, first: number): Cause | null {
  switch (ledger.outcomeOf(first)) {
    case 'accepted':
    case 'duplicate':
      return null;
    case 'abandoned':
      return 'the connection was cut';
    case 'failed':
      return ledger.statusOf(first) === 0 ? 'the server broke off' : 'the server answered with a failure';
    case 'pending':
    case 'changed':
    case 'limited':
    case 'rejected':
      return 'it was refused';
    default:
      return 'no answer came in time';
  }
}

/** What was wrong, by cause: `processed more than once after the connection was cut: 12 of 60`. */
export function redeliveryFaults({ byCause }: RedeliveryCounts, isLost: boolean): readonly string[] {
  return byCause.flatMap(({ cause, n, lost, twice }) => [
    ...(twice > 0 ? [`processed more than once after ${cause}: ${twice} of ${n}`] : []),
    ...(lost > 0 && isLost ? [`lost after ${cause}: ${lost} of ${n}`] : []),
  ]);
}

/** Of the signals sent again so many may stay unanswered before nothing is proven by the others. */
const negligibleShare = 0.05;

/** What keeps the scenario from passing. @param counts null for another scenario. */
export function redeliveryUndecided(counts: RedeliveryCounts | null, profile: TargetProfile): readonly string[] {
  if (counts === null) return [];
  const { n, byCause, unanswered } = counts;
  const isFew = unanswered.n <= negligibleShare * n;
  const perhaps = byCause.reduce((sum, { perhapsTwice }) => sum + perhapsTwice, 0);
  return [
    ...(n === unanswered.n ? ['no signal was cut off and then answered'] : []),
    ...(n > unanswered.n && !isFew ? [unansweredText(n, unanswered)] : []),
    ...(counts.briefly.n > 0 && !isFew ? [brieflyText(counts.briefly, profile)] : []),
    ...(perhaps > 0
      ? [
          `${counted(perhaps, 'signal')} processed more than once, and nothing tells whether within one TTL: let the read-back tell processedAtUs`,
        ]
      : []),
  ];
}

export function redeliveryRemarks(counts: RedeliveryCounts | null): readonly string[] {
  if (counts === null) return [];
  const { n, unanswered } = counts;
  const isFew = unanswered.n > 0 && unanswered.n <= negligibleShare * n;
  return [
    ...(n > 0 ? [`${counted(n, 'signal')} sent again after a cut or a failure`] : []),
    ...(isFew ? [unansweredText(n, unanswered)] : []),
  ];
}

function unansweredText(n: number, { n: none, unprocessed, attempts }: RedeliveryCounts['unanswered']): string {
  return `${none} of ${n} signals were answered neither as accepted nor as duplicate in up to ${attempts} attempts, ${unprocessed} of them not processed: what would have become of them is unknown`;
}

/** What would decide whether they are stuck. */
function brieflyText({ n, heldUs, neededUs }: RedeliveryCounts['briefly'], profile: TargetProfile): string {
  const neededMs = Math.ceil(neededUs / 1000);
  const seen = `${counted(n, 'signal')} still in progress at the last attempt, known to be so for up to ${duration(Math.round(heldUs / 1000))}: stuck is only what is so for ${duration(neededMs)}`;
  const { idempotency } = profile;
  const ttlMs = ttlToRepeatFor(profile, neededMs);
  if (ttlMs === null) return `${seen} (five times the slowest acceptance), later than any attempt`;
  const declaredMs = idempotency.kind === 'ttl' ? idempotency.ttlMs : null;
  return declaredMs !== null && declaredMs < ttlMs
    ? `${seen}, and all attempts must lie within the TTL of ${duration(declaredMs)}: let the test server keep its keys for ${duration(ttlMs)} or longer, and declare that (idempotency.ttlMs)`
    : seen;
}
