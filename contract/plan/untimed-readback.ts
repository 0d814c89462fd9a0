import { pauseMs } from '../journal/drain.ts';
import type { TargetProfile } from '../profile/profile.ts';
import { keyLife } from './limits.ts';
import { isPolledUnderLoad } from './polled-under-load.ts';

const remedy =
  'nothing tells then whether what is processed more than once is so within one TTL. Let the read-back tell the times (readback.processedAtUs)';

/**
 * Why redelivery cannot prove that a signal was processed twice: a request that was cut may be worked on at any later time, so both
 * effects must be known to lie within one TTL.
 * @param loadMs from the first signal to the last.
 */
export function untimedNotes(profile: TargetProfile, loadMs: number): readonly string[] {
  const { readback } = profile;
  const lifeMs = keyLife(profile).minMs;
  const tellsNone = (readback.kind === 'url' || readback.kind === 'query') && readback.processedAtUs === null;
  if (!tellsNone || profile.idempotency.kind === 'none') return [];
  if (!isPolledUnderLoad(profile, 'redelivery')) {
    return lifeMs > loadMs ? [] : [`the read-back tells no times, and is not read beside the load: ${remedy}`];
  }
  if (readback.kind === 'url' && readback.next !== null) {
    return lifeMs > loadMs ? [] : [`the read-back tells no times, and comes in pages: ${remedy}`];
  }
  return lifeMs >= pauseMs(0, 'under-load')
    ? []
    : [`the read-back tells no times, and is read once a second, which is longer than the TTL: ${remedy}`];
}
