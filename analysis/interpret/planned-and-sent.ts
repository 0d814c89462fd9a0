import { perSecond } from '../../contract/plan/limits.ts';
import type { Plan, PlannedPhase, RampSchedule, RateSchedule, Schedule } from '../../contract/plan/plan.ts';
import { highestRate, rampMs } from '../../contract/plan/ramp.ts';
import { lengthMs } from '../../contract/plan/rate-phase.ts';
import type { Ledger } from '../journal/ledger.ts';
import type { Span, Timeline } from '../journal/timeline.ts';
import { GeneratorSpans } from './generator-spans.ts';
import { coveredUs } from './spans.ts';
import { countOf, type UnsentRequests, unsentText } from './unsent.ts';

/** How many requests of a phase were planned, and how many the ledger holds. */
export interface PlannedAndSent {
  readonly phase: PlannedPhase;
  readonly sent: number;
  /** Iterations that k6 did not start, because no VU was free. */
  readonly dropped: number;
  /** Requests that never left the generator, by reason. */
  readonly unsent: UnsentRequests;
  /** Iterations that fell due while the load generator stalled: k6 sends them late, drops them, or forgets them at the phase's end. */
  readonly dueInStalls: number;
}

interface SentInPhase {
  readonly sent: number;
  readonly firstUs: number;
  readonly unsent: UnsentRequests;
}

/** What of each phase was sent, and what never left the generator. */
export function sentByPhase(ledger: Ledger): ReadonlyMap<string, SentInPhase> {
  const sent = new Map<string, { count: number; firstUs: number }>();
  const unsent = new Map<string, Map<number, number>>();
  for (let at = 0; at < ledger.length; at += 1) {
    const phase = ledger.phaseOf(at);
    if (ledger.isUnsent(at)) {
      const reasons = unsent.get(phase) ?? new Map<number, number>();
      unsent.set(phase, reasons.set(ledger.errorOf(at), (reasons.get(ledger.errorOf(at)) ?? 0) + 1));
    }
    if (!ledger.isSignal(at)) continue;
    const { count, firstUs } = sent.get(phase) ?? { count: 0, firstUs: Number.POSITIVE_INFINITY };
    sent.set(phase, { count: count + 1, firstUs: Math.min(firstUs, ledger.notedSendUs(at)) });
  }
  return new Map(
    [...new Set([...sent.keys(), ...unsent.keys()])].map((phase) => {
      const { count, firstUs } = sent.get(phase) ?? { count: 0, firstUs: Number.POSITIVE_INFINITY };
      return [phase, { sent: count, firstUs, unsent: unsent.get(phase) ?? new Map() }];
    }),
  );
}

/**
 * Compares a plan with what was sent: a row a phase, in the plan's order.
 * @param generators that shared it, in equal parts.
 */
export function plannedAndSent(
  plan: Plan,
  byPhase: ReadonlyMap<string, SentInPhase>,
  timeline: Pick<Timeline, 'drops' | 'stalls'> | null,
  generators = 1,
): readonly PlannedAndSent[] {
  const stalls = new GeneratorSpans(timeline?.stalls ?? []);
  const dropped = new Map<string, number>();
  for (const drop of timeline?.drops ?? []) dropped.set(drop.phase, (dropped.get(drop.phase) ?? 0) + drop.dropped);
  return plan.phases.map((phase) => {
    const { sent, firstUs, unsent } = byPhase.get(phase.name) ?? nothingSent;
    const each = Array.from({ length: generators }, (_, n) => dueIn(stalls.of(n), phase, firstUs) / generators);
    const dueInStalls = Math.ceil(each.reduce((sum, due) => sum + due, 0));
    return { phase, sent, unsent, dropped: dropped.get(phase.name) ?? 0, dueInStalls };
  });
}

const nothingSent: SentInPhase = { sent: 0, firstUs: Number.POSITIVE_INFINITY, unsent: new Map() };

type Paced = RateSchedule | RampSchedule;

const isPaced = (schedule: Schedule): schedule is Paced => schedule.kind === 'rate' || schedule.kind === 'ramp';

const pacedMs = (schedule: Paced): number => (schedule.kind === 'rate' ? lengthMs(schedule) : rampMs(schedule));

const highestPerSecond = (schedule: Paced): number =>
  perSecond(schedule.kind === 'rate' ? schedule : { rate: highestRate(schedule), perMs: schedule.perMs });

/**
 * Of all generators together, if all had these stalls. k6 counts a phase's time from its own start of it, so a stall before the first
 * request loses none.
 */
function dueIn(stalls: readonly Span[], { schedule }: PlannedPhase, firstUs: number): number {
  if (!isPaced(schedule)) return 0;
  const endUs = firstUs + pacedMs(schedule) * 1000;
  return (coveredUs(stalls, { fromUs: firstUs, toUs: endUs }) / 1e6) * highestPerSecond(schedule);
}

export interface PlanDifferences {
  /** What keeps the scenario's criteria from passing. */
  readonly gaps: readonly string[];
  /** What is only said. */
  readonly notes: readonly string[];
}

/**
 * Of a constant rate this share may be missing if k6 says why. Nothing that was sent is lost by it: each criterion still asks for
 * as many requests as it needs, and those on response times count each dropped iteration as slower than all answers.
 */
const negligibleShare = 0.25;

/**
 * Shorter stalls of the load generator are not recorded (k6/timeline/heartbeat.go). One at a phase's end loses what fell due in it,
 * and k6 counts that nowhere.
 */
const unseenStallSeconds = 0.1;

/** What differs from the plan, one sentence each; none if all was sent as planned. */
export function planDifferences(rows: readonly PlannedAndSent[]): PlanDifferences {
  const gaps: string[] = [];
  const notes: string[] = [];
  for (const row of rows) {
    const { phase, sent } = row;
    const { min, max } = phase.requests;
    if (sent > max) {
      gaps.push(`phase ${phase.name}: ${sent} requests were sent and ${max} planned, which is a bug of webhook-stress`);
    } else if (sent < min) {
      const text = `phase ${phase.name}: ${sent} of ${min} planned requests were sent${whyNotSent(row)}`;
      (isNegligible(row) ? notes : gaps).push(text);
    }
  }
  return { gaps, notes };
}

function whyNotSent({ dropped, dueInStalls, unsent }: PlannedAndSent): string {
  return [
    ...(unsent.size === 0 ? [] : [`, ${unsentText(unsent)}`]),
    ...(dropped === 0 ? [] : [`, ${dropped} were dropped because no VU was free`]),
    ...(dueInStalls === 0 ? [] : [`, ${dueInStalls} fell due while the load generator stalled`]),
  ].join('');
}

function isNegligible({ phase, sent, dropped, dueInStalls, unsent }: PlannedAndSent): boolean {
  const { min } = phase.requests;
  const missing = min - sent;
  if (!isPaced(phase.schedule)) return false;
  const atEnd = Math.ceil(unseenStallSeconds * highestPerSecond(phase.schedule));
  const explained = dropped + dueInStalls + countOf(unsent) + atEnd;
  return missing <= explained && missing <= negligibleShare * min;
}
