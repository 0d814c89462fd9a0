import type { TargetProfile } from '../../profile/profile.ts';
import type { Sizes } from '../sizes.ts';

/** What the plan of an own scenario is made in. */
export interface OwnSituation {
  readonly sizes: Sizes;
  readonly profile: TargetProfile;
  /** How many webhooks are given; 0 if they are created. */
  readonly given: number;
  /** The text of a file, by its path from the scenario's folder. */
  read(path: string): string;
}
