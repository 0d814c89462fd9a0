import type { Agent } from 'node:http';
import fetch, { AbortError, FetchError } from 'node-fetch';
import type { MetricsFailureLine, MetricsLookLine } from '../../contract/journal/journal.ts';
import { boundedText } from '../probes/bounded-text.ts';
import { processFiguresIn } from './process-figures.ts';

const timeoutMs = 2000;
/** Pages with histograms of many routes have a megabyte. */
const maxBodyBytes = 4 * 1024 * 1024;

export type PageLook = Omit<MetricsLookLine, 'atUs'> | Omit<MetricsFailureLine, 'atUs'>;
type Failure = MetricsFailureLine['failure'];

const failures: Readonly<Record<string, Failure>> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'unresolved',
  EAI_AGAIN: 'unresolved',
  ECONNRESET: 'broken',
  EPIPE: 'broken',
  ERR_STREAM_PREMATURE_CLOSE: 'broken',
};

/**
 * Reads the metrics page once, over a connection of its own: so that the kernel or a cluster may give it to any of the workers. Never
 * throws for what the server does.
 */
export async function readPage(url: string, token: string | null, agent: Agent): Promise<PageLook> {
  const startedMs = performance.now();
  const took = (): number => Math.round(performance.now() - startedMs);
  const failed = (failure: Failure, code: string | null): PageLook => ({
    ...{ metrics: 'failed', failure, code },
    tookMs: took(),
  });
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeoutMs);
  try {
    const { status, body } = await fetch(url, {
      redirect: 'manual',
      agent,
      signal: abort.signal,
      headers: {
        Accept: 'text/plain; version=0.0.4, application/openmetrics-text; q=0.5',
        Connection: 'close',
        ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      },
    });
    if (status < 200 || status > 299) return failed('status', String(status));
    const text = await boundedText(body, maxBodyBytes);
    if (text === null) return failed('too-long', null);
    const processes = processFiguresIn(text);
    return processes.length === 0
      ? failed('no-figures', null)
      : { metrics: 'page', latencyMs: took(), processes: [...processes] };
  } catch (error) {
    if (error instanceof AbortError) return failed('timeout', null);
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
    if (code === null && !(error instanceof FetchError)) throw error;
    const isTls = /^(?:ERR_SSL|ERR_TLS|CERT_|DEPTH_ZERO|UNABLE_TO|SELF_SIGNED)/.test(code ?? '');
    return failed(failures[code ?? ''] ?? (isTls ? 'tls' : 'other'), code);
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
}
