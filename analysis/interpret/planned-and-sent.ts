import type { Plan, PlannedPhase } from '../../contract/plan/plan.ts';
import type { Ledger } from '../journal/ledger.ts';
import type { Timeline } from '../journal/timeline.ts';

/** How many requests of a phase were planned, and how many the ledger holds. */
export interface PlannedAndSent {
  readonly phase: PlannedPhase;
  readonly sent: number;
  /** Iterations that k6 did not start, because no VU was free. */
  readonly dropped: number;
}

/** Compares a plan with what was sent: a row a phase, in the plan's order. */
export function plannedAndSent(
  plan: Plan,
  ledger: Ledger,
  drops: Pick<Timeline, 'drops'>['drops'],
): readonly PlannedAndSent[] {
  const sent = new Map<string, number>();
  for (let at = 0; at < ledger.length; at += 1) {
    if (ledger.isSignal(at)) sent.set(ledger.phaseOf(at), (sent.get(ledger.phaseOf(at)) ?? 0) + 1);
  }
  return plan.phases.map((phase) => ({
    phase,
    sent: sent.get(phase.name) ?? 0,
    dropped: drops.reduce((sum, drop) => sum + (drop.phase === phase.name ? drop.dropped : 0), 0),
  }));
}

export interface PlanDifferences {
  /** What keeps the scenario's criteria from passing. */
  readonly gaps: readonly string[];
  /** What is only said. */
  readonly notes: readonly string[];
}

/** Of a constant rate this share may be dropped: the criteria on response times count each one as slower than all others. */
const negligibleShare = 0.05;

/** What differs from the plan, one sentence each; none if all was sent as planned. */
export function planDifferences(rows: readonly PlannedAndSent[]): PlanDifferences {
  const gaps: string[] = [];
  const notes: string[] = [];
  for (const { phase, sent, dropped } of rows) {
    const { min, max } = phase.requests;
    const missing = min - sent;
    if (sent > max) {
      gaps.push(`phase ${phase.name}: ${sent} requests were sent and ${max} planned, which is a bug of webhook-stress`);
    } else if (missing > 0) {
      const why = dropped > 0 ? `, and ${dropped} were dropped because no VU was free` : '';
      const text = `phase ${phase.name}: ${sent} of ${min} planned requests were sent${why}`;
      const isNegligible = phase.schedule.kind === 'rate' && missing <= dropped && missing <= negligibleShare * min;
      (isNegligible ? notes : gaps).push(text);
    }
  }
  return { gaps, notes };
}
