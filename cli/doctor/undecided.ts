import { type CriterionId, rules } from '../../analysis/rules/registry.ts';
import { unansweredBy } from '../../analysis/rules/rule.ts';
import { flawsOf } from '../../contract/plan/forgeries.ts';
import type { Plan } from '../../contract/plan/plan.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';

/** What a run will have evidence of. */
export interface Foreseen {
  readonly profile: TargetProfile;
  readonly scenarios: readonly ScenarioName[];
  readonly plans: readonly Plan[];
  /** Whether our build of k6 sends: a stock one keeps no ledger. */
  readonly hasLedger: boolean;
  readonly isWatched: boolean;
  readonly seesDescriptors: boolean;
  readonly seesRedis: boolean;
  readonly seesDatabase: boolean;
}

/** A criterion that a run with these settings cannot decide. */
export interface Undecided {
  readonly title: string;
  readonly status: 'inconclusive' | 'not applicable' | 'not run';
  readonly why: string;
}

type Why = (seen: Foreseen) => Omit<Undecided, 'title'> | null;

const inconclusive = (why: string) => ({ status: 'inconclusive', why }) as const;
const notApplicable = (why: string) => ({ status: 'not applicable', why }) as const;

const unwatched = "none of the server's processes is watched";
const ofProcesses: Why = ({ isWatched }) => (isWatched ? null : inconclusive(unwatched));
const ofLedger: Why = ({ hasLedger }) => (hasLedger ? null : inconclusive('a stock k6 writes no ledger'));
const ofLimiter: Why = (seen) =>
  seen.profile.limiter.kind === 'none' ? notApplicable('the profile declares no rate limiter') : ofLedger(seen);

/** By criterion, what keeps it from a decision; null: nothing that is known beforehand. */
const reasons: Readonly<Partial<Record<CriterionId, Why>>> = {
  'worker-crashes': ofProcesses,
  'memory-growth': ofProcesses,
  'memory-leak': ofProcesses,
  descriptors: (seen) =>
    ofProcesses(seen) ?? (seen.seesDescriptors ? null : inconclusive("the server's descriptors may not be seen")),
  cpu: ofProcesses,
  'success-rate': ofLedger,
  'error-rate': ofLedger,
  'average-response-time': ofLedger,
  'p95-response-time': ofLedger,
  'any-response': ofLedger,
  responsiveness: ({ profile }) =>
    profile.monitoring.health === null ? notApplicable('the profile declares no health check') : null,
  'rate-limiter': ofLimiter,
  'limited-share': ofLimiter,
  'exactly-once': (seen) => {
    const { idempotency, readback } = seen.profile;
    if (readback.kind !== 'none') return ofLedger(seen);
    return idempotency.kind === 'none'
      ? notApplicable('the profile declares neither idempotency nor a read-back')
      : inconclusive(
          'without a read-back (readback of the profile) answers alone decide, and they can only prove a fault',
        );
  },
  authentication: (seen) =>
    flawsOf(seen.profile).length === 0
      ? notApplicable('the profile declares neither a signature nor a secret')
      : ofLedger(seen),
  'database-and-redis': ({ profile, seesRedis, seesDatabase }) => {
    if (profile.redis === 'none' && profile.database === 'none') return notApplicable('both are declared absent');
    const unseen = [...(seesRedis ? [] : ['Redis']), ...(seesDatabase ? [] : ['the database'])];
    return unseen.length === 0 ? null : inconclusive(`nobody looks at ${unseen.join(' and ')}`);
  },
};

/** Every criterion that a run cannot decide, in the order of the report. */
export function undecided(seen: Foreseen): readonly Undecided[] {
  const { plans, profile, scenarios } = seen;
  return rules.flatMap((rule) => {
    const { id, title } = rule;
    const unanswered = scenarios.map((name) => unansweredBy(rule, { manifest: { plans, profile } }, name));
    const [first] = unanswered;
    if (first !== undefined && !unanswered.includes(null)) {
      return [{ title, status: 'not run' as const, why: [...new Set(unanswered)].join('; ') }];
    }
    const why = reasons[id]?.(seen) ?? null;
    return why === null ? [] : [{ title, ...why }];
  });
}
