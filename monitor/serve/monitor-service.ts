import { createHash, timingSafeEqual } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type MonitorClockAnswer, maxAnswerBytes, monitorService } from '../../contract/journal/monitor-service.ts';
import type { RunClock } from '../clock.ts';

export interface Served {
  /** The monitor's own file, which grows. */
  readonly journal: string;
  readonly runId: string;
  readonly host: string;
  readonly clock: RunClock;
  /** Whoever does not show it gets nothing. */
  readonly token: string;
}

export interface MonitorService {
  readonly url: string;
  close(): void;
}

const maxConnections = 16;
const requestTimeoutMs = 10_000;

/** Serves the monitor's clock and its file, read-only, until it is closed. Rejects if it cannot listen there. */
export async function serveMonitor(served: Served, host: string, port: number): Promise<MonitorService> {
  const server = createServer(
    { headersTimeout: requestTimeoutMs, requestTimeout: requestTimeoutMs },
    (request, response) => answer(served, request, response),
  );
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answer(served: Served, request: IncomingMessage, response: ServerResponse): void {
  // A body is never read.
  request.resume();
  const { method, url, headers } = request;
  if (!isAuthorized(headers.authorization, served.token)) refuse(response, 401);
  else if (method !== 'GET') refuse(response, 405);
  else if (url === monitorService.clock) answerClock(served, response);
  else if (url === monitorService.journal) answerJournal(served.journal, headers.range, response);
  else refuse(response, 404);
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** In the same time for every wrong token. */
export function isAuthorized(header: string | undefined, token: string): boolean {
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token}`));
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'Content-Length': 0 }).end();
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function answerClock({ runId, host, journal, clock }: Served, response: ServerResponse): void {
  const journalBytes = sizeOf(journal);
  // Last, for what comes between it and the wire is uncertainty.
  const said: MonitorClockAnswer = {
    ...{ format: 'webhook-stress/monitor', version: 1, runId, host, journalBytes },
    nowUs: clock.nowUs(),
  };
  const text = JSON.stringify(said);
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }).end(text);
}

/** A part of the file, from an offset on (RFC 9110, 14.2): of other ranges than `bytes=N-` and `bytes=N-M` there is none. */
function answerJournal(path: string, range: string | undefined, response: ServerResponse): void {
  const size = sizeOf(path);
  const asked = range === undefined ? { from: 0, to: size } : rangeIn(range);
  if (asked === null || asked.from >= size) {
    response.writeHead(416, { 'Content-Range': `bytes */${size}`, 'Content-Length': 0 }).end();
    return;
  }
  const length = Math.min(asked.to, size, asked.from + maxAnswerBytes) - asked.from;
  const bytes = readPart(path, asked.from, length);
  response
    .writeHead(206, {
      'Content-Type': 'application/x-ndjson',
      'Content-Range': `bytes ${asked.from}-${asked.from + bytes.length - 1}/${size}`,
      'Content-Length': bytes.length,
    })
    .end(bytes);
}

/** The first byte, and the one after the last. */
export function rangeIn(header: string): { readonly from: number; readonly to: number } | null {
  const [, from, last] = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(header) ?? [];
  if (from === undefined) return null;
  const to = last === '' || last === undefined ? Number.POSITIVE_INFINITY : Number(last) + 1;
  return to > Number(from) ? { from: Number(from), to } : null;
}

function readPart(path: string, from: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const file = openSync(path, 'r');
  try {
    let filled = 0;
    while (filled < length) {
      const read = readSync(file, bytes, filled, length - filled, from + filled);
      if (read === 0) break;
      filled += read;
    }
    return bytes.subarray(0, filled);
  } finally {
    closeSync(file);
  }
}
