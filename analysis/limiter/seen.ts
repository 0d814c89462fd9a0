import type { Role } from '../../contract/plan/roles.ts';
import { type BuiltInScenario, isBuiltIn, type ScenarioName } from '../../contract/plan/scenarios.ts';
import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import type { Count } from '../interpret/expectations.ts';
import { usesQuota } from '../interpret/quota-use.ts';
import type { Run } from '../interpret/run.ts';
import { max } from '../statistics.ts';
import { fullestWithin } from './bounds.ts';
import { clockWasEven } from './clock-steps.ts';
import type { Conformance } from './conformance.ts';
import { Contradictions } from './contradictions.ts';
import { declaredConformance } from './declared-conformance.ts';
import { furtherExcesses } from './further-limits.ts';
import { SeenRetryAfter } from './headers/retry-after.ts';
import { SeenQuotas } from './headers/seen-quotas.ts';
import type { IsolatedBurst } from './isolated-bursts.ts';

/** Those of ours that go beyond the limit; the others stay within it and can only show what is wrong. */
export const challengingScenarios = ['hft', 'rate-limit'] as const satisfies readonly BuiltInScenario[];

/** Whether a scenario may go beyond the limit: what own ones did tells what they sent. */
export const isChallenging = (name: ScenarioName): boolean =>
  !isBuiltIn(name) || challengingScenarios.some((one) => one === name);

/** All that the ledgers show, folded over scenarios and counts. */
export interface Seen {
  /** No step of the server's clock can explain what is contradicted. */
  readonly even: boolean;
  readonly excess: Contradictions;
  /** Of the excess: beyond a further limit. */
  readonly furtherExcess: Contradictions;
  /** Of the excess: admitted in a penalty time. */
  readonly inPenalty: number;
  readonly wrongful: Contradictions;
  readonly retryAfter: SeenRetryAfter;
  readonly quotas: SeenQuotas;
  readonly bursts: readonly IsolatedBurst[];
  readonly verdicts: Readonly<Record<Conformance['verdict'], number>>;
  readonly wrongfulAfterRefusals: number;
  /** Of the wrongful: of repeats, which are recognized before the limiter. */
  readonly wrongfulRepeats: number;
  /** In rate-limit, by what the phase is for. */
  readonly wrongfulByRole: ReadonlyMap<Role | null, number>;
  /** Requests of the quiet webhook beside a noisy one. */
  readonly quietSent: number;
  /** Of these: admitted after one was throttled. */
  readonly quietRecovered: number;
  /** At steady rates of twice the limit and more, each on a webhook of its own. */
  readonly beyond: Readonly<Record<SteadyRole, SteadyRate>>;
  readonly limited: number;
  readonly decisive: number;
  readonly maxWithinWindow: number;
  /** The same of all counts, where something was refused that must be admitted; else 0. */
  readonly fullestWindow: number;
}

type SteadyRole = 'limiter.double' | 'limiter.noisy';

/** What was admitted at a steady rate, and in which time; the time is negative if that was not sent. */
export interface SteadyRate {
  readonly admitted: number;
  readonly fromUs: number;
  readonly toUs: number;
  /** When the last of them was sent. */
  readonly lastAdmittedUs: number;
}

const notSent: SteadyRate = {
  admitted: 0,
  fromUs: Number.POSITIVE_INFINITY,
  toUs: Number.NEGATIVE_INFINITY,
  lastAdmittedUs: Number.NEGATIVE_INFINITY,
};

/** What is folded while the ledgers are read. */
interface Totals extends Seen {
  readonly bursts: IsolatedBurst[];
  readonly verdicts: Record<Conformance['verdict'], number>;
  readonly wrongfulByRole: Map<Role | null, number>;
  inPenalty: number;
  wrongfulAfterRefusals: number;
  wrongfulRepeats: number;
  quietSent: number;
  quietRecovered: number;
  readonly beyond: Record<SteadyRole, SteadyRate>;
  limited: number;
  decisive: number;
  maxWithinWindow: number;
  fullestWindow: number;
}

/** @param explained what headers are held against: a documented kind that explains the run, or else the declared limiter. */
export function lookAt(run: Run, limiter: DeclaredLimiter, explained = limiter): Seen {
  const { profile } = run.manifest;
  const totals = noTotals(clockWasEven(run.manifest));
  const { startedAtUs } = run.manifest;
  for (const scenario of run.scenarios) {
    const { ledger, digest, name } = scenario;
    if (ledger !== null && digest === null) {
      totals.furtherExcess.addAll(furtherExcesses({ ledger, profile, limiter, name, startedAtUs }));
    }
    for (const count of run.expectations.countsOf(scenario)) {
      const conformance = declaredConformance(run, count, limiter);
      addConformance(totals, conformance);
      if (conformance.excess.count > 0) {
        totals.maxWithinWindow = Math.max(totals.maxWithinWindow, fullestOf(count, profile, limiter));
      }
      totals.retryAfter.add(count, profile, explained);
      totals.quotas.add(count, profile, explained);
      if (!isChallenging(scenario.name)) continue;
      totals.decisive += conformance.decisive;
      for (const burst of conformance.bursts) totals.bursts.push(burst);
      if (scenario.name === 'rate-limit') addRoles(totals, count, conformance);
    }
  }
  if (totals.wrongful.count > 0) {
    const counts = run.scenarios.flatMap((scenario) => run.expectations.countsOf(scenario));
    totals.fullestWindow = max(counts.map((count) => fullestOf(count, profile, limiter))) ?? 0;
  }
  totals.excess.addAll(totals.furtherExcess);
  return totals;
}

function noTotals(even: boolean): Totals {
  return {
    even,
    excess: new Contradictions(),
    furtherExcess: new Contradictions(),
    inPenalty: 0,
    wrongful: new Contradictions(),
    retryAfter: new SeenRetryAfter(),
    quotas: new SeenQuotas(),
    bursts: [],
    verdicts: { violates: 0, conforms: 0, inconclusive: 0 },
    wrongfulAfterRefusals: 0,
    wrongfulRepeats: 0,
    wrongfulByRole: new Map(),
    quietSent: 0,
    quietRecovered: 0,
    beyond: { 'limiter.double': notSent, 'limiter.noisy': notSent },
    limited: 0,
    decisive: 0,
    maxWithinWindow: 0,
    fullestWindow: 0,
  };
}

function addConformance(totals: Totals, conformance: Conformance): void {
  totals.excess.addAll(conformance.excess);
  totals.wrongful.addAll(conformance.wrongful);
  totals.inPenalty += conformance.inPenalty;
  totals.wrongfulAfterRefusals += conformance.wrongfulAfterRefusals;
  totals.wrongfulRepeats += conformance.wrongfulRepeats;
  totals.limited += conformance.limited;
  totals.verdicts[conformance.verdict] += 1;
}

/** How many were surely admitted within the fullest window of a count. */
function fullestOf({ ledger, indices }: Count, profile: TargetProfile, limiter: DeclaredLimiter): number {
  const admitted = indices.filter(
    (at) => usesQuota(ledger, at, profile) === 'yes' && ledger.roleOf(at) !== 'limiter.forwarded',
  );
  return fullestWithin(ledger, admitted, limiter.windowMs);
}

function addRoles(totals: Totals, { ledger, indices }: Count, { wrongfulByRole }: Conformance): void {
  let wasThrottled = false;
  for (const at of indices) {
    const role = ledger.roleOf(at);
    const isAdmitted = ledger.outcomeOf(at) === 'accepted';
    if (role === 'limiter.quiet') {
      totals.quietSent += 1;
      if (isAdmitted && wasThrottled) totals.quietRecovered += 1;
      wasThrottled ||= ledger.outcomeOf(at) === 'limited';
    }
    if (role !== 'limiter.double' && role !== 'limiter.noisy') continue;
    const { admitted, fromUs, toUs, lastAdmittedUs } = totals.beyond[role];
    totals.beyond[role] = {
      admitted: admitted + (isAdmitted ? 1 : 0),
      fromUs: Math.min(fromUs, ledger.sendUs(at)),
      toUs: Math.max(toUs, ledger.endUs(at)),
      lastAdmittedUs: isAdmitted ? Math.max(lastAdmittedUs, ledger.sendUs(at)) : lastAdmittedUs,
    };
  }
  for (const [role, count] of wrongfulByRole) {
    totals.wrongfulByRole.set(role, (totals.wrongfulByRole.get(role) ?? 0) + count);
  }
}

/** No step of the server's clock can explain them. */
export function isProven(contradictions: Contradictions, { even }: Pick<Seen, 'even'>): boolean {
  return contradictions.proven || (even && contradictions.count > 0);
}

/** Of a ledger with gaps: a request that is not in it may have used the capacity, so no throttled request is proven wrong. */
export function withoutWrongful(seen: Seen): Seen {
  return {
    ...seen,
    wrongful: new Contradictions(),
    wrongfulAfterRefusals: 0,
    wrongfulRepeats: 0,
    wrongfulByRole: new Map(),
  };
}
