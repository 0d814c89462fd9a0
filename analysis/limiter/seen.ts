import type { Role } from '../../contract/plan/roles.ts';
import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import { usesQuota } from '../interpret/expected-outcome.ts';
import type { Run } from '../interpret/run.ts';
import { surelyWithin } from './bounds.ts';
import { clockWasEven } from './clock-steps.ts';
import type { Conformance } from './conformance.ts';
import { Contradictions } from './contradictions.ts';
import { declaredConformance } from './declared-conformance.ts';
import type { IsolatedBurst } from './isolated-bursts.ts';
import { type RetryAfterAccount, retryAfterOf } from './retry-after.ts';

/** The scenarios that go beyond the limit; the others stay within it and can only show what is wrong. */
export const challenging: readonly string[] = ['hft', 'rate-limit'];

/** All that the ledgers show, folded over scenarios and counts. */
export interface Seen {
  /** No step of the server's clock can explain what is contradicted. */
  readonly even: boolean;
  readonly excess: Contradictions;
  readonly wrongful: Contradictions;
  readonly tooShort: Contradictions;
  readonly tooLong: Contradictions;
  readonly retryAfter: Pick<RetryAfterAccount, 'refusals' | 'missing' | 'longestMs'>;
  readonly bursts: readonly IsolatedBurst[];
  readonly verdicts: Readonly<Record<Conformance['verdict'], number>>;
  readonly wrongfulAfterRefusals: number;
  /** In rate-limit, by what the phase is for. */
  readonly wrongfulByRole: ReadonlyMap<Role | null, number>;
  /** Requests of the quiet webhook beside a noisy one. */
  readonly quietSent: number;
  readonly limited: number;
  readonly decisive: number;
  readonly maxWithinWindow: number;
}

export function lookAt(run: Run, limiter: DeclaredLimiter): Seen {
  const { profile } = run.manifest;
  const excess = new Contradictions();
  const wrongful = new Contradictions();
  const tooShort = new Contradictions();
  const tooLong = new Contradictions();
  const bursts: IsolatedBurst[] = [];
  const verdicts = { violates: 0, conforms: 0, inconclusive: 0 };
  const wrongfulByRole = new Map<Role | null, number>();
  const retryAfter = { refusals: 0, missing: 0, longestMs: 0 };
  let wrongfulAfterRefusals = 0;
  let limited = 0;
  let quietSent = 0;
  let decisive = 0;
  let maxWithinWindow = 0;
  for (const scenario of run.scenarios) {
    const { name } = scenario;
    for (const count of run.expectations.countsOf(scenario)) {
      const { ledger, indices } = count;
      const conformance = declaredConformance(run, count, limiter);
      excess.addAll(conformance.excess);
      wrongful.addAll(conformance.wrongful);
      wrongfulAfterRefusals += conformance.wrongfulAfterRefusals;
      limited += conformance.limited;
      verdicts[conformance.verdict] += 1;
      if (conformance.excess.count > 0) {
        const admitted = indices.filter(
          (at) => usesQuota(ledger, at, profile) === 'yes' && ledger.roleOf(at) !== 'limiter.forwarded',
        );
        const fullest = surelyWithin(ledger, admitted, limiter.windowMs, -1)[0]?.count ?? 0;
        maxWithinWindow = Math.max(maxWithinWindow, fullest);
      }
      const account = retryAfterOf(ledger, indices, profile, limiter);
      tooShort.addAll(account.tooShort);
      tooLong.addAll(account.tooLong);
      retryAfter.refusals += account.refusals;
      retryAfter.missing += account.missing;
      retryAfter.longestMs = Math.max(retryAfter.longestMs, account.longestMs);
      if (!challenging.includes(name)) continue;
      decisive += conformance.decisive;
      bursts.push(...conformance.bursts);
      if (name !== 'rate-limit') continue;
      for (const at of indices) quietSent += ledger.roleOf(at) === 'limiter.quiet' ? 1 : 0;
      for (const [role, wrongs] of conformance.wrongfulByRole) {
        wrongfulByRole.set(role, (wrongfulByRole.get(role) ?? 0) + wrongs);
      }
    }
  }
  return {
    even: clockWasEven(run.manifest),
    excess,
    wrongful,
    tooShort,
    tooLong,
    retryAfter,
    bursts,
    verdicts,
    wrongfulAfterRefusals,
    wrongfulByRole,
    quietSent,
    limited,
    decisive,
    maxWithinWindow,
  };
}

/** No step of the server's clock can explain them. */
export function isProven(contradictions: Contradictions, { even }: Seen): boolean {
  return contradictions.proven || (even && contradictions.count > 0);
}
