import { timeInUs } from '../../contract/journal/time-in-us.ts';
import { ledgerIds } from '../../contract/plan/signal-id.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { type ByQuery, urlVariable } from '../../contract/profile/read-only-query.ts';
import { type EffectsRead, type ReadEffects, type Reading, type Row, type RowsRead, textOf } from './effect-lines.ts';

/** Reads by asking the store. Each read has a connection of its own: the store may restart meanwhile. */
export function readByQuery({ settings, env }: Reading, readback: ByQuery, runTag: string): ReadEffects {
  const url = env[urlVariable(readback)] ?? '';
  return async () => {
    const read = await rowsOf(url, readback, runTag);
    return 'failed' in read ? read : effectsOf(read.rows, settings.profile, readback, runTag);
  };
}

/** A run that asks no store loads no client of one. */
async function rowsOf(url: string, readback: ByQuery, runTag: string): Promise<RowsRead> {
  if (readback.store === 'redis') return (await import('./redis-rows.ts')).redisRows(url, readback, runTag);
  return (await import('./postgres-rows.ts')).postgresRows(url, readback, runTag);
}

/** Signals of other runs and scenarios are passed over. */
export function effectsOf(
  rows: readonly Row[],
  profile: TargetProfile,
  { id, processedAtUs }: Pick<ByQuery, 'id' | 'processedAtUs'>,
  runTag: string,
): EffectsRead {
  const ledgerId = ledgerIds(profile);
  const effects: { effect: string; webhook: number; processedAtUs: number }[] = [];
  for (const [n, row] of rows.entries()) {
    const named = textOf(row[id]);
    if (named === null) return { failed: `row ${n + 1} has no "${id}" that is a text or a number: see readback.id` };
    const effect = ledgerId(named, (name) => textOf(row[name]), runTag);
    if (!effect.startsWith(`${runTag}-`)) continue;
    const atUs = processedAtUs === null ? 0 : timeInUs(row[processedAtUs]);
    effects.push({ effect, webhook: 0, processedAtUs: atUs });
  }
  return { effects };
}
