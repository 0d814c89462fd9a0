import { minRequests } from '../../contract/plan/legitimate.ts';
import { goesBeyondLimit } from '../../contract/plan/own/beyond-limit.ts';
import type { Plan, PlannedPhase } from '../../contract/plan/plan.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';

export { minRequests };

/** Fewer say nothing, whatever becomes of them. */
export const minTelling = 10;

export const noLedger = 'no ledger was recorded';

const requestsIn = (phases: readonly PlannedPhase[]): number =>
  phases.reduce((sum, { requests }) => sum + requests.min, 0);

/** Why the plan of an own scenario says nothing of a share of its requests; null if it does. */
export function tooFewRequests({ phases }: Plan): string | null {
  const requests = requestsIn(phases);
  return requests < minRequests ? `sends ${requests} requests, and ${minRequests} are needed` : null;
}

/** The same of requests that must be admitted: those of phases that stay within the limit. */
export function tooFewLegitimate({ phases }: Plan, profile: TargetProfile): string | null {
  const requests = requestsIn(phases.filter((phase) => !goesBeyondLimit(phase, profile)));
  return requests < minRequests
    ? `sends ${requests} requests in phases within the limit, and ${minRequests} are needed`
    : null;
}
