import { timeInUs } from '../contract/journal/time-in-us.ts';
import { ledgerIds } from '../contract/plan/signal-id.ts';
import { lazy } from '../contract/profile/lazy.ts';
import type { TargetProfile } from '../contract/profile/profile.ts';
import { environment } from './environment.ts';
import { fieldOf, firstText, parsed } from './json-answer.ts';
import { allPages, type Page } from './pages.ts';
import type { Provisioned } from './provisioning.ts';
import { fillHeaders, fillPath } from './template.ts';
import { request } from './webhook-client.ts';

export type ByUrl = Extract<TargetProfile['readback'], { kind: 'url' }>;

export interface Effect {
  readonly id: string;
  /** 0 where the target does not tell. */
  readonly processedAtUs: number;
}

export type Read = Omit<Page<Effect>, 'next'>;

/** Made when it is first needed: only the VUs that read back need it. */
const ledgerId = lazy(() => ledgerIds(environment.profile));

/** One page of read-back; null if the answer is not what the profile promises. */
function parsePage(how: ByUrl, body: string, runTag: string, webhook: number): Page<Effect> | null {
  const page = parsed(body);
  const items = how.items === null ? page : fieldOf(page, how.items);
  if (!Array.isArray(items)) return null;
  const found: Effect[] = [];
  for (const item of items as unknown[]) {
    const id = firstText(item, [how.id]);
    if (id === null) return null;
    const processedAtUs = how.processedAtUs === null ? 0 : timeInUs(fieldOf(item, how.processedAtUs));
    found.push({
      id: ledgerId()(id, (name) => firstText(item, [name]), runTag, webhook),
      processedAtUs,
    });
  }
  const total = how.total === null ? undefined : fieldOf(page, how.total);
  return {
    items: found,
    total: typeof total === 'number' && Number.isSafeInteger(total) ? total : null,
    next: how.next === null ? null : firstText(page, [how.next]),
  };
}

/** All that the target tells of one webhook; null if an answer is not what the profile promises. */
export function readWebhook(how: ByUrl, run: Provisioned, index: number): Read | null {
  const { webhooks, runTag, otherTenant } = run;
  const accessToken = otherTenant?.index === index ? otherTenant.accessToken : run.accessToken;
  return allPages((after) => {
    const values = { token: '', secret: '', ...webhooks[index], accessToken, after };
    const answer = request({
      purpose: 'readback',
      name: 'GET signals',
      method: 'GET',
      path: fillPath(how.path, values),
      headers: fillHeaders(how.headers, values),
      webhook: index,
    });
    return answer.outcome === 'accepted' ? parsePage(how, answer.body, runTag, index) : null;
  });
}
