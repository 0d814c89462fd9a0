import exec from 'k6/execution';
import http, { type RefinedResponse } from 'k6/http';
import { Trend } from 'k6/metrics';
import { metadataKeys, outcomeMetric, purposeTag } from '../contract/journal/k6-metrics.ts';
import { type Outcome, outcomes, type Purpose, purposeHeader, purposes } from '../contract/journal/outcomes.ts';
import type { Signal } from '../contract/plan/signal.ts';
import type { Webhook } from '../contract/profile/given-webhooks.ts';
import { answerHash, knowsReplays, outcomeOf, retryAfterMs, setupOutcomeOf } from './answer.ts';
import { environment } from './environment.ts';
import { signalRequests } from './signal-request.ts';

const trends = new Map(
  purposes.flatMap((purpose) =>
    outcomes.map((outcome) => [outcomeMetric(purpose, outcome), new Trend(outcomeMetric(purpose, outcome), true)]),
  ),
);

const { profile } = environment;
const signalRequest = signalRequests(profile);
const hashesAnswers = knowsReplays(profile);

let requestsOfThisVu = 0;

/** Of an answer so many characters are kept; what goes on longer is no answer to a webhook. A page of read-back is longer. */
const keptLength = { load: 1 << 16, probe: 1 << 16, setup: 1 << 16, readback: 1 << 24 } as const;

interface Request {
  readonly purpose: Purpose;
  /** Stands for the URL in metrics and logs, where the URL itself must not appear. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  readonly body?: string | null;
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
    const whole = text(response);
    const body = whole.slice(0, keptLength[what.purpose]);
    const { status } = response;
    const isSignal = what.purpose === 'load' || what.purpose === 'probe';
    answer = { outcome: isSignal ? outcomeOf(profile, status, body) : setupOutcomeOf(status), status, body };
    serviceMs = response.timings.duration;
    if (isSignal && answer.outcome === 'accepted' && hashesAnswers) {
      metadata[metadataKeys.answerHash] = String(answerHash(whole));
    } else if (isSignal && answer.outcome === 'limited') {
      const retryMs = retryAfterMs(response.headers, Date.now());
      if (retryMs !== null) metadata[metadataKeys.retryAfterMs] = String(retryMs);
    }
  } catch (error) {
    // The message names the URL and so the secret: only what kind of failure it was goes on.
    const timedOut = String(error).includes('request timeout');
    answer = { outcome: timedOut ? 'timeout' : 'failed', status: 0, body: '' };
    serviceMs = Date.now() - startedMs;
  }
  trends.get(outcomeMetric(what.purpose, answer.outcome))?.add(serviceMs, tags);
  // They belong to this one sample: metadata stay with the VU until they are taken away.
  delete metadata[metadataKeys.answerHash];
  delete metadata[metadataKeys.retryAfterMs];
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
  const { method, path, headers, body } = signalRequest(webhook, signal);
  return request({
    purpose,
    name: `${method} webhook`,
    method,
    path,
    body,
    headers: { ...headers, ...options.headers },
    webhook: index,
    signal: options.ledgerId ?? signal.signal_id,
  }).outcome;
}

/** Opens this VU's connection, so that what it sends next does not wait for one. */
export function openConnection(): Answer {
  return request({ purpose: 'setup', name: 'GET health', method: 'GET', path: profile.monitoring.health ?? '/' });
}
