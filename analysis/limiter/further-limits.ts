import { limitsOf } from '../../contract/profile/declared-limits.ts';
import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import { duration } from '../../contract/report/figures.ts';
import { countedUnder } from '../interpret/quota-use.ts';
import type { Ledger } from '../journal/ledger.ts';
import { HeldAgainst } from './conformance.ts';
import { Contradictions } from './contradictions.ts';

export interface JudgedLedger {
  readonly ledger: Ledger;
  readonly profile: TargetProfile;
  readonly limiter: DeclaredLimiter;
  /** Of the scenario, for the texts. */
  readonly name: string;
  readonly startedAtUs: number;
}

/** What a ledger shows admitted beyond the further limits, each over its own count. Refusals are judged once, under all limits. */
export function furtherExcesses({ ledger, profile, limiter, name, startedAtUs }: JudgedLedger): Contradictions {
  const excess = new Contradictions();
  for (const limit of limitsOf(limiter).slice(1)) {
    const alone: DeclaredLimiter = { ...limit, retryAfter: false, rateLimitHeaders: false };
    for (const [webhook, indices] of countedUnder(ledger, limit)) {
      const where = limit.scope === 'webhook' ? `${name}, webhook ${webhook}` : name;
      const held = new HeldAgainst({
        ledger,
        indices,
        profile,
        limiter: alone,
        place: `${where}, limit of ${limit.limit} per ${duration(limit.windowMs)}`,
        startedAtUs,
        isOneOfSeveral: true,
      });
      excess.addAll(held.admitted().excess);
    }
  }
  return excess;
}
