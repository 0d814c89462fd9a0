import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type MonitorClockAnswer, monitorService } from '../../contract/journal/monitor-service.ts';
import type { RunClock } from '../clock.ts';
import { answerPart, isSameSecret, refuse, sizeOf } from './file-part.ts';

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
  else if (url === monitorService.journal) answerPart(served.journal, headers.range, response);
  else refuse(response, 404);
}

/** In the same time for every wrong token. */
export function isAuthorized(header: string | undefined, token: string): boolean {
  return isSameSecret(header, `Bearer ${token}`);
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
