import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import type { Run } from '../interpret/run.ts';
import { type BothContradictions, type Counts, contradictionsOf } from './kind.ts';

const highestFactor = 8;
const halvings = 9;
/** The factor is found to about this share. */
const nearly = 0.97;

/** The longest window, in milliseconds, in which the declared limiter would have done all that was seen; null if there is none that is shorter. */
export function fasterPaceIn(counts: Counts, { manifest }: Run, limiter: DeclaredLimiter): number | null {
  const held = (factor: number, about: 'excess' | 'wrongful'): boolean => {
    const isEnough = ({ excess, wrongful }: BothContradictions): boolean => excess.count + wrongful.count > 0;
    const faster = { ...limiter, windowMs: limiter.windowMs / factor };
    return !isEnough(contradictionsOf(counts, manifest.profile, faster, { isEnough, about }));
  };
  if (!held(highestFactor, 'excess')) return null;
  let [low, high] = [1, highestFactor];
  for (let n = 0; n < halvings; n += 1) {
    const middle = (low + high) / 2;
    if (held(middle, 'excess')) high = middle;
    else low = middle;
  }
  return held(Math.max(1, nearly * high), 'wrongful') ? limiter.windowMs / high : null;
}
