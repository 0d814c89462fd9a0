import type { DeclaredLimit } from '../../../contract/profile/declared-limits.ts';
import type { LimiterKind } from '../../../contract/profile/profile.ts';
import { concurrent } from './concurrent.ts';
import { delaying } from './delaying.ts';
import { fixed } from './fixed.ts';
import { fixedFromFirstHit } from './fixed-from-first-hit.ts';
import type { LimiterModel } from './model.ts';
import { segmented } from './segmented.ts';
import { sliding } from './sliding.ts';
import { steppedBucket } from './stepped-bucket.ts';
import { tokenBucket } from './token-bucket.ts';
import { unknown } from './unknown.ts';
import { weighted } from './weighted.ts';

/** Each kind of limiter that a profile can declare. */
const limiterModels: Readonly<Record<LimiterKind, LimiterModel>> = {
  sliding,
  fixed,
  'fixed-from-first-hit': fixedFromFirstHit,
  weighted,
  'token-bucket': tokenBucket,
  'leaky-bucket': tokenBucket,
  'stepped-bucket': steppedBucket,
  delaying,
  concurrent,
  unknown,
};

export function modelOf({ kind, segments }: Pick<DeclaredLimit, 'kind' | 'segments'>): LimiterModel {
  return kind === 'sliding' && segments !== undefined ? segmented(segments) : limiterModels[kind];
}
