import type { Agent } from 'node:http';
import fetch, { AbortError, FetchError } from 'node-fetch';
import type { ProbeResult } from '../../contract/journal/journal.ts';
import type { ProbeFailure } from '../../contract/journal/probe-failures.ts';
import { boundedText } from './bounded-text.ts';

const timeoutMs = 2000;
const longestBodyBytes = 64 * 1024;
const maxNumbers = 64;

type Numbers = Readonly<Record<string, number>>;

export interface Asked {
  readonly url: string;
  readonly token: string | null;
  readonly agent?: Agent;
}

/** Any answer with a status of 2xx is health, such as the text "ok"; a JSON object may tell numbers beside it. */
export const askHealth = (asked: Asked): Promise<ProbeResult> => probe(asked, (text) => numbersIn(text) ?? {});

/** Statistics are a JSON object with a status of 2xx. */
export const askStatistics = (asked: Asked): Promise<ProbeResult> => probe(asked, numbersIn);

/**
 * Asks the server once. Never throws for what the server does: that is a result. A 404 is `unavailable`; all else that is not 2xx, or cannot
 * be read, has `failed`, with a reason in our words.
 * @param read gives the numbers of a body; null if it is no answer to the question.
 */
async function probe({ url, token, agent }: Asked, read: (body: string) => Numbers | null): Promise<ProbeResult> {
  const startedMs = performance.now();
  const failed = (failure: ProbeFailure, reason: string, told: { readonly status?: number } = {}): ProbeResult => ({
    ...{ state: 'failed', latencyMs: elapsed(startedMs), failure, ...told, reason },
  });
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeoutMs);
  try {
    const answer = await fetch(url, {
      redirect: 'manual',
      ...(agent === undefined ? {} : { agent }),
      signal: abort.signal,
      headers: token === null ? {} : { Authorization: `Bearer ${token}` },
    });
    const body = await boundedText(answer.body, longestBodyBytes);
    const latencyMs = elapsed(startedMs);
    if (answer.status === 404) return { state: 'unavailable' };
    if (answer.status < 200 || answer.status > 299) {
      return failed('status', `HTTP ${answer.status}`, { status: answer.status });
    }
    if (body === null) return failed('body', `its body is longer than ${longestBodyBytes} bytes`);
    const numbers = read(body);
    return numbers === null ? failed('body', 'its body is not a JSON object') : { state: 'ok', latencyMs, numbers };
  } catch (error) {
    if (error instanceof AbortError) return failed('timeout', `no answer within ${timeoutMs} ms`);
    if (error instanceof FetchError)
      return failed(
        error.code === 'ECONNREFUSED' ? 'refused' : 'unconnected',
        `no connection (${error.code ?? error.type})`,
      );
    if (error instanceof Error && 'code' in error) return failed('broken', `connection broken (${String(error.code)})`);
    throw error;
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
}

function elapsed(startedMs: number): number {
  return Math.round((performance.now() - startedMs) * 1000) / 1000;
}

/** The finite numbers of a JSON object, nested ones under dotted names; null if the text is not a JSON object. */
export function numbersIn(text: string): Numbers | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return null;
  const numbers = new Map<string, number>();
  const queue: { readonly value: object; readonly prefix: string; readonly depth: number }[] = [
    { value: parsed, prefix: '', depth: 0 },
  ];
  for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
    for (const [key, value] of Object.entries(entry.value) as [string, unknown][]) {
      const name = `${entry.prefix}${key.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 64)}`;
      if (typeof value === 'number' && Number.isFinite(value)) {
        if (numbers.size < maxNumbers) numbers.set(name, value);
      } else if (typeof value === 'object' && value !== null && entry.depth < 3 && queue.length < maxNumbers) {
        queue.push({ value, prefix: `${name}.`, depth: entry.depth + 1 });
      }
    }
  }
  return Object.fromEntries(numbers);
}
