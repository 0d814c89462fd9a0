import { sleep } from 'k6';
import exec from 'k6/execution';
import { Counter } from 'k6/metrics';
import { effectMetric, metadataKeys, readbackMetric } from '../contract/k6-metrics.ts';
import { environment, type Webhook } from './environment.ts';
import type { Provisioned } from './provisioning.ts';
import { request } from './webhook-client.ts';

const effects = new Counter(effectMetric);
const readbacks = new Counter(readbackMetric);

const pageSize = 1000;
/** Reads of one webhook until two in a row agree: processing may go on in the background after the answer. */
const mostReads = 30;

interface Effect {
  readonly id: string;
  readonly processedAtUs: number;
}

/** One page of read-back; null where the answer is not what the profile's `readback: signals` promises. */
function parsePage(body: string): { readonly effects: Effect[]; readonly next: number | null } | null {
  let page: unknown;
  try {
    page = JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  if (typeof page !== 'object' || page === null || !('signals' in page) || !Array.isArray(page.signals)) return null;
  const found: Effect[] = [];
  for (const signal of page.signals as unknown[]) {
    if (typeof signal !== 'object' || signal === null || !('signal_id' in signal)) return null;
    const processedAtUs = 'processed_at_us' in signal ? Number(signal.processed_at_us) : 0;
    found.push({ id: String(signal.signal_id), processedAtUs });
  }
  const next = 'next' in page && typeof page.next === 'number' ? page.next : null;
  return { effects: found, next };
}

function readAll(webhook: Webhook, index: number): Effect[] | null {
  const all: Effect[] = [];
  let after: number | null = 0;
  while (after !== null) {
    const answer = request({
      purpose: 'readback',
      name: 'GET signals',
      method: 'GET',
      path: `/api/v1/webhooks/${encodeURIComponent(webhook.token)}/signals?secret=${encodeURIComponent(webhook.secret)}&after=${after}&limit=${pageSize}`,
      webhook: index,
    });
    const page = answer.outcome === 'accepted' ? parsePage(answer.body) : null;
    if (page === null) return null;
    all.push(...page.effects);
    after = page.next;
  }
  return all;
}

function sameIds(a: readonly Effect[], b: readonly Effect[]): boolean {
  return a.length === b.length && a.every((effect, index) => effect.id === b[index]?.id);
}

/**
 * k6's teardown(): asks the server what it processed for each webhook and records every effect, once two reads a second
 * apart agree. Where the answer is not understood nothing is recorded as complete, and the verdict says so.
 */
export function readBack(provisioned: Provisioned): void {
  if (environment.profile.readback.kind === 'none') return;
  let reads = provisioned.webhooks.map((webhook, index) => readAll(webhook, index));
  for (let n = 1; n < mostReads; n += 1) {
    sleep(1);
    const again = provisioned.webhooks.map((webhook, index) => readAll(webhook, index));
    const settled = again.every((read, index) => {
      const before = reads[index];
      return read === null ? before === null : before != null && sameIds(before, read);
    });
    reads = again;
    if (settled) break;
  }
  const metadata = exec.vu.metrics.metadata;
  reads.forEach((read, webhook) => {
    if (read === null) {
      console.warn(`read-back of webhook ${webhook} failed: exactly-once cannot be proven from it`);
      return;
    }
    metadata[metadataKeys.webhook] = String(webhook);
    for (const effect of read) {
      metadata[metadataKeys.signal] = effect.id;
      metadata[metadataKeys.processedAtUs] = String(effect.processedAtUs);
      effects.add(1);
    }
    delete metadata[metadataKeys.signal];
    delete metadata[metadataKeys.processedAtUs];
    readbacks.add(read.length);
  });
}
