import { timeInUs } from '../journal/time-in-us.ts';
import type { ledgerIds } from '../plan/signal-id.ts';
import type { TargetProfile } from '../profile/profile.ts';
import { fieldOf, firstText, parsed } from './json-answer.ts';
import type { Page } from './pages.ts';
import { fillHeaders, fillPath } from './template.ts';

export type ByUrl = Extract<TargetProfile['readback'], { kind: 'url' }>;

export interface Effect {
  readonly id: string;
  /** 0 where the target does not tell. */
  readonly processedAtUs: number;
}

/** Of whom the effects are. */
export interface Asker {
  readonly token: string;
  readonly secret: string;
  /** Of the log-in; empty where there was none. */
  readonly accessToken: string;
  /** READBACK_TOKEN, or SECOND_READBACK_TOKEN of the second tenant; empty if neither is set. */
  readonly readbackToken: string;
}

export function pageRequest(how: ByUrl, asker: Asker, after: string) {
  const values = { ...asker, after };
  return {
    method: 'GET',
    path: fillPath(how.path, values),
    headers: fillHeaders(how.headers, values),
  } as const;
}

/**
 * One page of read-back; null if the answer is not what the profile promises.
 * `webhook` is null where one list tells of all.
 */
export function pageIn(
  how: ByUrl,
  body: string,
  ledgerId: ReturnType<typeof ledgerIds>,
  { runTag, webhook }: { readonly runTag: string; readonly webhook: number | null },
): Page<Effect> | null {
  const page = parsed(body);
  const items = how.items === null ? page : fieldOf(page, how.items);
  if (!Array.isArray(items)) return null;
  const found: Effect[] = [];
  for (const item of items as unknown[]) {
    const id = firstText(item, [how.id]);
    if (id === null) return null;
    const processedAtUs = how.processedAtUs === null ? 0 : timeInUs(fieldOf(item, how.processedAtUs));
    found.push({ id: ledgerId(id, (name) => firstText(item, [name]), runTag, webhook), processedAtUs });
  }
  const total = how.total === null ? undefined : fieldOf(page, how.total);
  return {
    items: found,
    total: typeof total === 'number' && Number.isSafeInteger(total) ? total : null,
    next: how.next === null ? null : firstText(page, [how.next]),
  };
}
