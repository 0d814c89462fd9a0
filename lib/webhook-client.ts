import exec from 'k6/execution';
import http, { type RefinedResponse } from 'k6/http';
import { Trend } from 'k6/metrics';
import { metadataKeys, outcomeMetric, purposeTag } from '../contract/k6-metrics.ts';
import { type Outcome, outcomes, type Purpose, purposeHeader, purposes } from '../contract/outcomes.ts';
import type { Signal } from '../contract/signal.ts';
import { outcomeOf } from './answer.ts';
import { environment, type Webhook } from './environment.ts';

const trends = new Map(
  purposes.flatMap((purpose) =>
    outcomes.map((outcome) => [outcomeMetric(purpose, outcome), new Trend(outcomeMetric(purpose, outcome), true)]),
  ),
);

let requestsOfThisVu = 0;

interface Request {
  readonly purpose: Purpose;
  /** Stands for the URL in metrics and logs, where the URL itself must not appear. */
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
  readonly webhook?: number;
  readonly signal?: string;
}

export interface Answer {
  readonly outcome: Outcome;
  /** 0 where no answer arrived. */
  readonly status: number;
  readonly body: string;
}

/**
 * Sends one request and records its outcome. Never throws for what the server does: no answer is `timeout` or `failed`.
 */
export function request(what: Request): Answer {
  requestsOfThisVu += 1;
  const metadata = exec.vu.metrics.metadata;
  metadata[metadataKeys.request] = `${exec.vu.idInTest}-${requestsOfThisVu}`;
  if (what.webhook === undefined) delete metadata[metadataKeys.webhook];
  else metadata[metadataKeys.webhook] = String(what.webhook);
  if (what.signal === undefined) delete metadata[metadataKeys.signal];
  else metadata[metadataKeys.signal] = what.signal;

  const tags = { name: what.name, [purposeTag]: what.purpose };
  const startedMs = Date.now();
  let answer: Answer;
  let serviceMs: number;
  try {
    const response = http.request(what.method, environment.baseUrl + what.path, what.body ?? null, {
      headers: { [purposeHeader]: what.purpose, ...what.headers },
      tags,
      timeout: environment.sizes.REQUEST_TIMEOUT_MS,
      responseType: 'text',
    });
    const body = text(response);
    answer = { outcome: outcomeOf(environment.profile, response.status, body), status: response.status, body };
    serviceMs = response.timings.duration;
  } catch (error) {
    // The message names the URL and so the secret: only what kind of failure it was goes on.
    const timedOut = String(error).includes('request timeout');
    answer = { outcome: timedOut ? 'timeout' : 'failed', status: 0, body: '' };
    serviceMs = Date.now() - startedMs;
  }
  trends.get(outcomeMetric(what.purpose, answer.outcome))?.add(serviceMs, tags);
  return answer;
}

function text(response: RefinedResponse<'text'>): string {
  return response.body ?? '';
}

export interface SendOptions {
  /** The signal's name in the ledger, where `signal_id` alone does not tell it from others. */
  readonly ledgerId?: string;
  /** Sent on top of those of the profile. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends one signal to a webhook. `index` is the webhook's place in the scenario's provisioning. */
export function sendSignal(
  webhook: Webhook,
  index: number,
  signal: Signal,
  purpose: 'load' | 'probe' = 'load',
  options: SendOptions = {},
): Outcome {
  return request({
    purpose,
    name: 'POST webhook',
    method: 'POST',
    path: `/api/v1/webhooks/${encodeURIComponent(webhook.token)}?secret=${encodeURIComponent(webhook.secret)}`,
    body: JSON.stringify(signal),
    headers: { 'Content-Type': 'application/json', ...options.headers },
    webhook: index,
    signal: options.ledgerId ?? signal.signal_id,
  }).outcome;
}

/** Opens this VU's connection, so that what it sends next does not wait for one. */
export function openConnection(): Answer {
  return request({ purpose: 'setup', name: 'GET health', method: 'GET', path: '/api/v1/monitoring/health' });
}
