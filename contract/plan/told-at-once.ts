import { elsewhereRoleOf } from './elsewhere.ts';
import { makeSignalId, onWebhook, parseSignalId } from './signal-id.ts';

/**
 * The ids that one list of all webhooks tells, and for one that stands there twice, which two webhooks got, its names on them: what was
 * promised is known by these.
 */
export function withNamesOnWebhooks(ids: readonly string[], webhooks: number): readonly string[] {
  const once = new Set<string>();
  const names: string[] = [];
  for (const id of ids) {
    const parsed = parseSignalId(id);
    if (parsed === null || parsed.variant !== null || elsewhereRoleOf(parsed.code) === null) continue;
    if (!once.has(id)) once.add(id);
    else for (let n = 0; n < webhooks; n += 1) names.push(makeSignalId({ ...parsed, variant: onWebhook(n) }));
  }
  return names.length === 0 ? ids : [...ids, ...names];
}
