import type { RedisLookLine } from '../../contract/journal/journal.ts';
import { type TroubleKind, troubleTable } from '../../contract/journal/store-troubles.ts';
import type { Run } from '../interpret/run.ts';
import { names } from './judged-store.ts';
import { sinceLoad } from './load-start.ts';
import { troublesOfRun } from './troubles.ts';

/** What Redis forgets with: all that it did not save, or some of it. */
const forgetting: readonly TroubleKind[] = ['redis-restarted', 'redis-evicted'];

/** What Redis did while requests ran by which it forgets keys, in words; null for nothing, or where the profile says that it is a cache. */
export function forgottenKeys(run: Run): string | null {
  if (run.manifest.profile.redisUse === 'cache') return null;
  const words = run.servers.flatMap(({ stores }) => {
    const looks = sinceLoad(run, stores.redis).filter((line): line is RedisLookLine => !('failure' in line));
    const found = troublesOfRun(run, looks).filter(({ kind }) => forgetting.includes(kind));
    return found.map(({ kind, amount }) => troubleTable[kind].words(amount));
  });
  return words.length === 0 ? null : `${names.redis} ${[...new Set(words)].join(', and ')} meanwhile, which may be why`;
}
