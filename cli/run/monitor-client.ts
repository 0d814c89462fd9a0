import { type Agent, get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import type { ClockReading } from '../../analysis/journal/clock.ts';
import {
  type MonitorClockAnswer,
  maxAnswerBytes,
  monitorClockAnswer,
  monitorService,
} from '../../contract/journal/monitor-service.ts';
import type { RunClock } from '../../monitor/clock.ts';
import { pinnedAgent, type TlsTrust } from '../../monitor/probes/pinned-agent.ts';
import { measureClock } from './measure-clock.ts';

/** Why a monitor elsewhere did not give what it was asked for, in words that follow "it". */
export class MonitorRefusal extends Error {}

/** What to do about it. */
export const monitorRemedy =
  'start it there: MONITOR_TOKEN=... webhook-stress monitor --port PORT_OF_SERVER --duration 0 --listen ADDRESS:PORT';

export interface MonitorPlace {
  /** Normalized. */
  readonly url: string;
  /** The IP address that every request goes to. */
  readonly address: string | null;
  readonly token: string;
  readonly trust: TlsTrust | null;
}

interface Answered {
  readonly status: number;
  readonly body: Buffer;
  /** How long the whole file is, of an answer with a part of it. */
  readonly total: number | null;
}

const timeoutMs = 5_000;

/** Asks one `webhook-stress monitor --listen` for its clock and its file, on one kept connection. */
export class MonitorClient {
  readonly url: string;
  readonly #token: string;
  readonly #agent: Agent;

  constructor({ url, address, token, trust }: MonitorPlace) {
    this.url = url;
    this.#token = token;
    this.#agent = pinnedAgent(new URL(url), address, trust, { keepAlive: true });
  }

  /** Rejects with a MonitorRefusal. */
  async clock(): Promise<MonitorClockAnswer> {
    const { status, body } = await this.#get(monitorService.clock);
    if (status === 401) throw new MonitorRefusal('refuses MONITOR_TOKEN: both sides need the same one');
    const parsed = status === 200 ? monitorClockAnswer.safeParse(jsonIn(body)) : null;
    if (parsed?.success) return parsed.data;
    throw new MonitorRefusal(`is not a webhook-stress monitor with --listen (HTTP ${status})`);
  }

  /** How far its clock is ahead of this one. */
  measure(own: RunClock): Promise<{ readonly reading: ClockReading; readonly said: MonitorClockAnswer }> {
    return measureClock(() => this.clock(), own);
  }

  /** Its file from an offset on, as much as one answer holds; empty at the end of the file. */
  async part(fromByte: number): Promise<{ readonly bytes: Buffer; readonly total: number }> {
    const { status, body, total } = await this.#get(monitorService.journal, { Range: `bytes=${fromByte}-` });
    if ((status !== 206 && status !== 416) || total === null) {
      throw new MonitorRefusal(`did not give its file (HTTP ${status})`);
    }
    return { bytes: status === 206 ? body : Buffer.alloc(0), total };
  }

  close(): void {
    this.#agent.destroy();
  }

  #get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
    const url = new URL(`${this.url}${path}`);
    const get = url.protocol === 'https:' ? httpsGet : httpGet;
    const options = {
      agent: this.#agent,
      headers: { ...headers, Authorization: `Bearer ${this.#token}` },
      signal: AbortSignal.timeout(timeoutMs),
    };
    return new Promise((resolve, reject) => {
      const failed = (error: Error): void => reject(new MonitorRefusal(reasonOf(error)));
      get(url, options, (answer) => bodyOf(answer).then((body) => resolve(answered(answer, body)), failed)).once(
        'error',
        failed,
      );
    });
  }
}

function answered({ statusCode, headers }: IncomingMessage, body: Buffer): Answered {
  const total = /\/(\d{1,15})$/.exec(headers['content-range'] ?? '')?.[1];
  return { status: statusCode ?? 0, body, total: total === undefined ? null : Number(total) };
}

/** Whoever answers may be anybody: no more is read than a monitor sends. */
async function bodyOf(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > maxAnswerBytes) throw new Error(`sends more than ${maxAnswerBytes} bytes at once`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function jsonIn(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function reasonOf(error: Error): string {
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return `did not answer within ${timeoutMs} ms`;
  return 'code' in error ? `does not answer (${String(error.code)})` : error.message;
}
