import { sleep } from 'k6';
import exec from 'k6/execution';
import { Counter } from 'k6/metrics';
import { effectMetric, metadataKeys, readbackMetric } from '../contract/journal/k6-metrics.ts';
import { ledgerIds } from '../contract/plan/signal-id.ts';
import type { Webhook } from '../contract/profile/given-webhooks.ts';
import { lazy } from '../contract/profile/lazy.ts';
import type { TargetProfile } from '../contract/profile/profile.ts';
import { environment } from './environment.ts';
import { fieldOf, firstText, parsed } from './json-answer.ts';
import { allPages, type Page } from './pages.ts';
import type { Provisioned } from './provisioning.ts';
import { fillHeaders, fillPath } from './template.ts';
import { request } from './webhook-client.ts';

const effects = new Counter(effectMetric);
const readbacks = new Counter(readbackMetric);
/** Made when it is first needed: only the VU of teardown needs it. */
const ledgerId = lazy(() => ledgerIds(environment.profile));

type ByUrl = Extract<TargetProfile['readback'], { kind: 'url' }>;

/** Reads of one webhook until two in a row agree: processing may go on in the background after the answer. */
const maxReads = 30;
interface Effect {
  readonly id: string;
  readonly processedAtUs: number;
}

type Read = Omit<Page<Effect>, 'next'>;

/** One page of read-back; null if the answer is not what the profile promises. */
function parsePage(how: ByUrl, body: string, runTag: string): Page<Effect> | null {
  const page = parsed(body);
  const items = how.items === null ? page : fieldOf(page, how.items);
  if (!Array.isArray(items)) return null;
  const found: Effect[] = [];
  for (const item of items as unknown[]) {
    const id = firstText(item, [how.id]);
    if (id === null) return null;
    const processedAtUs = how.processedAtUs === null ? 0 : Number(fieldOf(item, how.processedAtUs));
    found.push({
      id: ledgerId()(id, (name) => firstText(item, [name]), runTag),
      processedAtUs: Number.isFinite(processedAtUs) ? Math.round(processedAtUs) : 0,
    });
  }
  const total = how.total === null ? undefined : fieldOf(page, how.total);
  return {
    items: found,
    total: typeof total === 'number' && Number.isSafeInteger(total) ? total : null,
    next: how.next === null ? null : firstText(page, [how.next]),
  };
}

function readAll(how: ByUrl, webhook: Webhook, index: number, runTag: string): Read | null {
  return allPages((after) => {
    const values = { ...webhook, after };
    const answer = request({
      purpose: 'readback',
      name: 'GET signals',
      method: 'GET',
      path: fillPath(how.path, values),
      headers: fillHeaders(how.headers, values),
      webhook: index,
    });
    return answer.outcome === 'accepted' ? parsePage(how, answer.body, runTag) : null;
  });
}

function areEqual(a: Read, b: Read): boolean {
  return a.items.length === b.items.length && a.items.every((effect, index) => effect.id === b.items[index]?.id);
}

/**
 * k6's teardown(): asks the server what it processed for each webhook and records every effect, once two reads a second
 * apart agree. Where the answer is not understood nothing is recorded as complete, and the verdict says so.
 */
export function readBack({ webhooks, runTag }: Provisioned): void {
  const how = environment.profile.readback;
  if (how.kind !== 'url') return;
  const reads: (Read | null)[] = webhooks.map((webhook, index) => readAll(how, webhook, index, runTag));
  let unsettled = webhooks.map((_, index) => index);
  for (let n = 1; n < maxReads && unsettled.length > 0; n += 1) {
    sleep(1);
    unsettled = unsettled.filter((index) => {
      const [before, webhook] = [reads[index] ?? null, webhooks[index]];
      const again = webhook === undefined ? null : readAll(how, webhook, index, runTag);
      reads[index] = again;
      return before === null || again === null ? before !== again : !areEqual(before, again);
    });
  }
  const metadata = exec.vu.metrics.metadata;
  reads.forEach((read, webhook) => {
    if (read === null || unsettled.includes(webhook)) {
      const why = read === null ? 'failed' : `still changed after ${maxReads} s`;
      console.warn(`read-back of webhook ${webhook} ${why}: exactly-once cannot be proven from it`);
      return;
    }
    metadata[metadataKeys.webhook] = String(webhook);
    for (const effect of read.items) {
      metadata[metadataKeys.signal] = effect.id;
      metadata[metadataKeys.processedAtUs] = String(effect.processedAtUs);
      effects.add(1);
    }
    delete metadata[metadataKeys.signal];
    delete metadata[metadataKeys.processedAtUs];
    if (read.total !== null) metadata[metadataKeys.total] = String(read.total);
    readbacks.add(read.items.length);
    delete metadata[metadataKeys.total];
  });
}
