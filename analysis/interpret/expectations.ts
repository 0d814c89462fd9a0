import type { TargetProfile } from '../../contract/profile/profile.ts';
import type { Ledger } from '../journal/ledger.ts';
import { expectedOutcomes } from './expected-outcome.ts';
import { beforeForgedPhase } from './forged.ts';
import { countedTogether } from './quota-use.ts';

/** Requests of one scenario that share one count of the declared limiter. */
export interface Count {
  /** Where they were sent, for texts: the scenario, and the webhook if the limiter counts by webhook. */
  readonly place: string;
  readonly ledger: Ledger;
  /** In order of sending. */
  readonly indices: Uint32Array;
  /** What the declared contract lets each of `indices` get: bits of `may`. */
  readonly expected: () => Uint8Array;
}

interface CountedScenario {
  readonly name: string;
  readonly ledger: Ledger | null;
  readonly digest: object | null;
}

/** What the declared contract lets each request of a run get. Several rules ask; each count is worked out once, if anybody asks. */
export class Expectations {
  private readonly profile: TargetProfile;
  private readonly workOut: typeof expectedOutcomes;
  private readonly counts = new Map<Ledger, readonly Count[]>();

  constructor(profile: TargetProfile, workOut: typeof expectedOutcomes = expectedOutcomes) {
    this.profile = profile;
    this.workOut = workOut;
  }

  /** The counts of a scenario; none if its ledger is not held as a whole. */
  countsOf(scenario: CountedScenario): readonly Count[] {
    const { name, ledger, digest } = scenario;
    if (ledger === null || digest !== null) return [];
    const known = this.counts.get(ledger);
    if (known !== undefined) return known;
    const { limiter } = this.profile;
    const isByWebhook = limiter.kind === 'none' || limiter.scope === 'webhook';
    const counts = [...countedTogether(ledger, this.profile)].map(([webhook, all]): Count => {
      const indices = beforeForgedPhase(ledger, all);
      let expected: Uint8Array | null = null;
      return {
        place: isByWebhook ? `${name}, webhook ${webhook}` : name,
        ledger,
        indices,
        expected: () => {
          expected ??= this.workOut(this.profile, ledger, indices);
          return expected;
        },
      };
    });
    this.counts.set(ledger, counts);
    return counts;
  }
}
