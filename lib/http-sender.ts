import exec from 'k6/execution';
import http, { type RefinedResponse } from 'k6/http';
import { Trend } from 'k6/metrics';
import { metadataKeys, outcomeMetric, purposeTag } from '../contract/journal/k6-metrics.ts';
import { type Outcome, outcomes, type Purpose, purposeHeader, purposes } from '../contract/journal/outcomes.ts';
import { unreadBy } from '../contract/journal/request-failures.ts';
import { isShared } from '../contract/plan/limits.ts';
import { knowsReplays, outcomeOf, setupOutcomeOf } from '../contract/request/answer.ts';
import { recordedHeaders } from '../contract/request/recorded-headers.ts';
import { shownLocation } from '../contract/request/shown-location.ts';
import { SignalRequests } from '../contract/request/signal-request.ts';
import { answerHash } from './answer-hash.ts';
import type { Environment } from './environment.ts';
import { k6Cryptography } from './k6-cryptography.ts';
import { requestFailure } from './request-failure.ts';
import type { Answer, PlainRequest, RequestSender, SentSignal } from './sent-request.ts';

// For a k6 without our Go module. k6 reads a whole answer before it can be cut; only the Go module bounds it while it is read.

/** So many characters of an answer are looked at. A page of read-back may be longer than an answer to a webhook. */
const keptLength = { load: 1 << 16, probe: 1 << 16, setup: 1 << 16, readback: 1 << 24 } as const;

interface Outgoing {
  readonly purpose: Purpose;
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly body: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly webhook: number | undefined;
  readonly signal: string | undefined;
  /** What was sent and must not come back into a file. */
  readonly secrets: readonly string[];
  readonly abandonAfterMs?: number | undefined;
}

/** What an answer means, and what of it goes into the ledger. */
interface Meaning extends Answer {
  readonly serviceMs: number;
  /** What it says of limits, as JSON. */
  readonly headers: string | null;
  readonly answerHash: number | null;
  /** Why there was no answer; 0 if there was one, or k6 has told. */
  readonly error: number;
  /** Where a redirect leads; null if it is none. */
  readonly location: string | null;
}

class HttpSender implements RequestSender {
  private requestsOfThisVu = 0;
  private readonly trends: ReadonlyMap<string, Trend>;
  private readonly signals;
  private readonly hashesAnswers;

  constructor(private readonly environment: Environment) {
    const names = purposes.flatMap((purpose) => outcomes.map((outcome) => outcomeMetric(purpose, outcome)));
    this.trends = new Map(names.map((name) => [name, new Trend(name, true)]));
    this.signals = new SignalRequests(environment.profile, environment.baseUrl, k6Cryptography);
    this.hashesAnswers = knowsReplays(environment.profile);
  }

  request(what: PlainRequest): Answer {
    const { purpose, name, method, path, webhook, body = null, headers = {} } = what;
    return this.send({ purpose, name, method, path, body, headers, webhook, signal: undefined, secrets: [] });
  }

  /** VUs of k6 share nothing that could count what was promised to all of them. */
  left(): null {
    return null;
  }

  look(): null {
    return null;
  }

  isInterrupted(): boolean {
    return false;
  }

  signal({ webhook, index, signal, purpose, options }: SentSignal): Outcome {
    if (options.reconnects === true) this.closeConnection();
    const { method, path, headers, body } = this.signals.of(webhook, signal, options.proof);
    return this.send({
      purpose,
      name: `${method} webhook`,
      ...{ method, path, body },
      headers: { ...headers, ...options.headers },
      webhook: index,
      signal: options.ledgerId ?? signal.signal_id,
      secrets: [webhook.token, webhook.secret],
      abandonAfterMs: options.abandonAfterMs,
    }).outcome;
  }

  /** k6 closes a connection only where the server does: most do when they are asked. Not where that would use up the signals' limit. */
  private closeConnection(): void {
    const { profile } = this.environment;
    if (isShared(profile)) return;
    this.request({
      ...{ purpose: 'setup', name: 'GET health', method: 'GET', path: profile.monitoring.health ?? '/' },
      headers: { Connection: 'close' },
    });
  }

  private send(what: Outgoing): Answer {
    this.requestsOfThisVu += 1;
    const metadata = exec.vu.metrics.metadata;
    metadata[metadataKeys.request] = `${exec.vu.idInTest}-${this.requestsOfThisVu}`;
    if (what.webhook === undefined) delete metadata[metadataKeys.webhook];
    else metadata[metadataKeys.webhook] = String(what.webhook);
    if (what.signal === undefined) delete metadata[metadataKeys.signal];
    else metadata[metadataKeys.signal] = what.signal;

    const tags = { name: what.name, [purposeTag]: what.purpose };
    const meaning = this.exchange(what, tags);
    if (meaning.answerHash !== null) metadata[metadataKeys.answerHash] = String(meaning.answerHash);
    if (meaning.headers !== null) metadata[metadataKeys.headers] = meaning.headers;
    if (meaning.location !== null) metadata[metadataKeys.location] = shownLocation(meaning.location, what.secrets);
    if (meaning.error !== 0) metadata[metadataKeys.error] = String(meaning.error);
    this.trends.get(outcomeMetric(what.purpose, meaning.outcome))?.add(meaning.serviceMs, tags);
    // They belong to this one sample: metadata stay with the VU until they are taken away.
    delete metadata[metadataKeys.answerHash];
    delete metadata[metadataKeys.headers];
    delete metadata[metadataKeys.error];
    delete metadata[metadataKeys.location];
    return meaning;
  }

  private exchange(what: Outgoing, tags: Record<string, string>): Meaning {
    const { baseUrl, sizes } = this.environment;
    const { abandonAfterMs } = what;
    const startedMs = Date.now();
    let response: RefinedResponse<'text'>;
    try {
      response = http.request(what.method, baseUrl + what.path, what.body, {
        headers: { [purposeHeader]: what.purpose, ...what.headers },
        tags,
        // k6 takes 0 for no time limit. It counts from before the connection, and a request may be cut before it is written.
        timeout: abandonAfterMs === undefined ? sizes.REQUEST_TIMEOUT_MS : Math.max(1, abandonAfterMs),
        responseType: 'text',
      });
    } catch (error) {
      // The message names the URL and so the secret: only what kind of failure it was goes on.
      const failure = requestFailure(error);
      if (failure === null) throw error;
      const serviceMs = Date.now() - startedMs;
      const { code } = failure;
      const outcome = failure.outcome === 'timeout' && abandonAfterMs !== undefined ? 'abandoned' : failure.outcome;
      return {
        outcome,
        status: 0,
        body: '',
        serviceMs,
        headers: null,
        answerHash: null,
        error: code,
        location: null,
      };
    }
    // Senders of webhooks keep no cookies.
    if (response.headers['Set-Cookie'] !== undefined) http.cookieJar().clear(baseUrl + what.path);
    const meaning = this.meaningOf(what, response);
    // An answer that came before is thrown away.
    return abandonAfterMs === undefined
      ? meaning
      : { ...meaning, outcome: 'abandoned', headers: null, answerHash: null };
  }

  private meaningOf({ purpose, secrets }: Outgoing, response: RefinedResponse<'text'>): Meaning {
    const whole = response.body ?? '';
    const body = whole.slice(0, keptLength[purpose]);
    const { status } = response;
    const isSignal = purpose === 'load' || purpose === 'probe';
    const unread = unreadBy(status, body, /^https:/i.test(this.environment.baseUrl));
    const answered = isSignal
      ? outcomeOf(this.environment.profile, status, body, response.headers)
      : setupOutcomeOf(status);
    const outcome = unread === 0 ? answered : 'unsent';
    return {
      outcome,
      status,
      body,
      serviceMs: response.timings.duration,
      headers: isSignal ? recordedHeaders(response.headers, outcome === 'limited', secrets) : null,
      error: unread,
      location: isSignal && status >= 300 && status <= 399 ? (response.headers.Location ?? null) : null,
      answerHash: isSignal && outcome === 'accepted' && this.hashesAnswers ? answerHash(whole) : null,
    };
  }
}

/** Sends by k6/http, and tells the timeline output by samples and metadata what each request was. */
export const httpSender = (environment: Environment): RequestSender => new HttpSender(environment);
