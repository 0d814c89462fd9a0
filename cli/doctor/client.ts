import { type Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type Purpose, purposeHeader } from '../../contract/journal/outcomes.ts';
import type { WireRequest } from '../../contract/request/signal-request.ts';
import { pinnedAgent, type TlsTrust } from '../../monitor/probes/pinned-agent.ts';

/** What came of one request. */
export interface Heard {
  /** 0 if no answer arrived. */
  readonly status: number;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Why no answer arrived; null after the time limit, or if one did. */
  readonly error: Error | null;
  /** On the clock of this machine. */
  readonly sentAtMs: number;
  readonly heardAtMs: number;
}

export interface Place {
  /** Normalized. */
  readonly baseUrl: string;
  /** The address that was checked: every request goes there. */
  readonly address: string;
  readonly trust: TlsTrust | null;
  readonly timeoutMs: number;
}

/** As much of an answer is looked at as k6 looks at; of a page of read-back more. */
const keptBytes = { load: 1 << 16, probe: 1 << 16, setup: 1 << 16, readback: 1 << 24 } as const;

/** Sends single requests to the server under test, as the generator does, on one kept connection. It never follows a redirect. */
export class Client {
  readonly #place: Place;
  readonly #agent: Agent;
  readonly #heard: Heard[] = [];

  constructor(place: Place) {
    this.#place = place;
    this.#agent = pinnedAgent(new URL(place.baseUrl), place.address, place.trust, { keepAlive: true });
  }

  /** All that was heard so far. */
  get heard(): readonly Heard[] {
    return this.#heard;
  }

  /** Never rejects for what the server does. */
  async send({ method, path, headers, body = null }: Sent, purpose: Purpose): Promise<Heard> {
    const { baseUrl, timeoutMs } = this.#place;
    const url = new URL(baseUrl + path);
    const sentAtMs = Date.now();
    const answer = await new Promise<Answered>((resolve) => {
      const failed = (error: Error | null): void => resolve({ status: 0, headers: {}, body: '', error });
      let isLate = false;
      try {
        const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(
          url,
          { method, agent: this.#agent, headers: { [purposeHeader]: purpose, ...headers, ...lengthOf(body) } },
          (message) =>
            void textOf(message, keptBytes[purpose]).then((text) => resolve(answered(message, text)), failed),
        );
        const timer = setTimeout(() => {
          isLate = true;
          request.destroy();
        }, timeoutMs);
        request.once('close', () => clearTimeout(timer));
        request.once('error', (error) => failed(isLate ? null : error));
        request.end(body);
      } catch (error) {
        // A header or path that HTTP does not allow.
        failed(error instanceof Error ? error : new Error(String(error)));
      }
    });
    const heard = { ...answer, sentAtMs, heardAtMs: Date.now() };
    this.#heard.push(heard);
    return heard;
  }

  close(): void {
    this.#agent.destroy();
  }
}

type Sent = Omit<WireRequest, 'body'> & { readonly body?: string | null };
type Answered = Omit<Heard, 'sentAtMs' | 'heardAtMs'>;

const lengthOf = (body: string | null) => (body === null ? {} : { 'Content-Length': Buffer.byteLength(body) });

function answered({ statusCode = 0, headers }: IncomingMessage, body: string): Answered {
  const texts = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as const],
  );
  return { status: statusCode, headers: Object.fromEntries(texts), body, error: null };
}

async function textOf(message: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message) {
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    length += bytes.length;
    if (length >= maxBytes) break;
  }
  return Buffer.concat(chunks).toString('utf8').slice(0, maxBytes);
}
