import type { TargetProfile } from '../../profile/profile.ts';
import { minRequests } from '../legitimate.ts';
import {
  barrierLeadMs,
  leadMsOf,
  openingMs,
  perSecond as perSecondOf,
  quietMs,
  quietNotes,
  roundGapMs,
  safeRate,
  webhooksOf,
} from '../limits.ts';
import type { OwnThreshold, Plan, PlannedPhase } from '../plan.ts';
import { ownNameProblem } from '../scenarios.ts';
import { maxNumber, usesNumbers } from '../signal-id.ts';
import { repeatedKeysNote } from '../signal-key.ts';
import { goesBeyondLimit } from './beyond-limit.ts';
import { phaseProblems } from './phase-problems.ts';
import type { OwnPhase, Target } from './phases.ts';
import { type Place, plannedOf } from './planned-phases.ts';
import type { OwnSituation } from './situation.ts';

// The plan of an own scenario: the phases that its user wrote, as data. All of them count from one instant, to which bursts add
// the time that their VUs need. The ids of its signals hold no code: their numbers go on from phase to phase.

/** What a plan may go by. */
export function targetOf({ sizes, profile, given }: Omit<OwnSituation, 'read'>): Target {
  const { limiter } = profile;
  const webhooks = webhooksOf(profile, sizes.WEBHOOKS, given);
  return {
    limit: limiter.kind === 'none' ? null : limiter.limit,
    windowMs: limiter.kind === 'none' ? null : limiter.windowMs,
    webhooks,
    safeRate: perSecondOf(safeRate(profile, webhooks, sizes.MAX_RATE)),
    seconds: sizes.SUSTAINED_SECONDS,
  };
}

/** VUs that can start and open their connections within the usual lead. */
const vusPerSecond = 200;

function leadMs(phase: OwnPhase, profile: TargetProfile): number {
  if (phase.kind === 'burst') {
    return Math.max(leadMsOf(profile, roundGapMs(profile)), openingMs + (phase.count * 1000) / vusPerSecond);
  }
  return phase.kind === 'retries' ? barrierLeadMs : 0;
}

/**
 * The plan, and all that is wrong with it; nothing is sent then.
 * @param thresholds those that the user set.
 */
export function ownPlan(
  name: string,
  phases: readonly OwnPhase[],
  thresholds: readonly OwnThreshold[],
  situation: OwnSituation,
): { readonly plan: Plan; readonly problems: readonly string[] } {
  const { sizes, profile, given } = situation;
  const problems = [...ofName(name), ...ofNames(phases), ...phases.flatMap((phase) => phaseProblems(phase, sizes))];
  const made = problems.length > 0 ? { planned: [], problems: [] } : planned(phases, situation);
  problems.push(...made.problems);
  const used = made.planned.reduce((max, phase) => Math.max(max, webhooksIn(phase)), 1);
  if (given > 0 && used > given) {
    problems.push(`a phase goes to ${used} webhooks, and WEBHOOK_TOKEN names ${given}: give more, or ask for fewer`);
  }
  const numbers = made.planned.reduce((sum, { signals }) => sum + signals.reduce((all, own) => all + own.count, 0), 0);
  if (usesNumbers(profile) && numbers > maxNumber) {
    problems.push(
      `it needs ${numbers} signals, and ids that are numbers ({n} in the profile's request) hold ${maxNumber}: plan fewer, or use {id} or {uuid}`,
    );
  }
  return {
    plan: {
      scenario: name,
      webhooks: used,
      estimatedMs: made.planned.reduce((last, { endMs }) => Math.max(last, endMs), 0),
      phases: made.planned,
      notes: [...notesOf(made.planned, profile), ...quietNotes(profile, given)],
      ...(thresholds.length === 0 ? {} : { thresholds }),
    },
    problems,
  };
}

function ofName(name: string): string[] {
  const problem = ownNameProblem(name);
  return problem === null ? [] : [problem];
}

function ofNames(phases: readonly OwnPhase[]): readonly string[] {
  if (phases.length === 0) return ['it has no phases'];
  const names = phases.map(({ name }) => name);
  const twice = new Set(names.filter((name, n) => names.indexOf(name) !== n));
  return [...twice].map((name) => `two phases have the name "${name}": each needs one of its own`);
}

function planned(phases: readonly OwnPhase[], situation: OwnSituation) {
  const { profile, given, sizes } = situation;
  const leadsMs = phases.map((phase) => Math.max(0, leadMs(phase, profile) - (phase.afterMs ?? 0)));
  const originMs = Math.ceil(quietMs(profile, given) + leadsMs.reduce((max, ms) => Math.max(max, ms), 0));
  const all = webhooksOf(profile, sizes.WEBHOOKS, given);
  const planned: PlannedPhase[] = [];
  const problems: string[] = [];
  let first = 0;
  for (const phase of phases) {
    const place: Place = {
      atMs: originMs + (phase.afterMs ?? 0),
      leadMs: leadMs(phase, profile),
      first,
      webhooks: phase.webhooks ?? (phase.kind === 'burst' ? 1 : all),
    };
    const made = plannedOf(phase, place, situation);
    problems.push(...made.problems.map((problem) => `phase "${phase.name}": ${problem}`));
    if (made.phase === null) continue;
    planned.push(made.phase);
    first += made.phase.signals.reduce((sum, { count }) => sum + count, 0);
  }
  return { planned, problems };
}

const webhooksIn = ({ schedule }: PlannedPhase): number =>
  'webhooks' in schedule ? schedule.firstWebhook + schedule.webhooks : 1;

function notesOf(phases: readonly PlannedPhase[], profile: TargetProfile): readonly string[] {
  const beyond = phases.filter((phase) => goesBeyondLimit(phase, profile)).map(({ name }) => name);
  const keys = repeatedKeysNote(profile, 'signals that share one within the TTL are repeats');
  const requests = phases.reduce((sum, phase) => sum + phase.requests.min, 0);
  return [
    ...(beyond.length === 0
      ? []
      : [`beyond the declared limit: ${beyond.join(', ')}; what exceeds it is refused, and not counted as legitimate`]),
    ...(keys === null ? [] : [keys]),
    ...(requests < minRequests
      ? [`it sends ${requests} requests: success and error rate need ${minRequests}, and are not judged`]
      : []),
  ];
}
