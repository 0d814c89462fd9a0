import { createServer, type IncomingMessage, request as requestOf, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type * as z from 'zod';
import {
  generatorService,
  generatorTokenHeader,
  maxRequestBytes,
  signalRequest,
  startRequest,
  targetRequest,
} from '../../contract/journal/generator-service.ts';
import { answerPart, isSameSecret, refuse } from '../../monitor/serve/file-part.ts';
import type { Agent } from './agent.ts';

export interface AgentService {
  readonly port: number;
  /** On `performance.now()`: when whoever knows the token asked for something. */
  readonly heardAtMs: () => number;
  /** Resolves when it is told to leave. */
  readonly left: Promise<void>;
  close(): void;
}

const maxConnections = 64;
/** For a bundle over a slow line. */
const requestTimeoutMs = 120_000;
const restPath = /^v1\/(?:status|setup|teardown)$/;

/** Serves what a generator elsewhere is told and asked. Rejects if it cannot listen there. */
export async function serveAgent(
  agent: Agent,
  token: string,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<AgentService> {
  let heardAtMs = performance.now();
  let leave = (): void => {};
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const server = createServer(
    { headersTimeout: requestTimeoutMs, requestTimeout: requestTimeoutMs },
    (request, response) => {
      if (!isSameSecret(shown(request), token)) {
        request.resume();
        refuse(response, 401);
        return;
      }
      heardAtMs = performance.now();
      response.once('error', () => {});
      route({ agent, request, response, leave }).catch((error: unknown) => {
        if (!(error instanceof BadRequest)) process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
        if (!response.headersSent) refuse(response, error instanceof BadRequest ? error.status : 500);
        else response.destroy();
      });
    },
  );
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  return {
    port: (server.address() as AddressInfo).port,
    heardAtMs: () => heardAtMs,
    left,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function shown({ headers }: IncomingMessage): string | undefined {
  const value = headers[generatorTokenHeader];
  return typeof value === 'string' ? value : undefined;
}

class BadRequest extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`HTTP ${status}`);
    this.status = status;
  }
}

interface Exchange {
  readonly agent: Agent;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  leave(): void;
}

async function route(exchange: Exchange): Promise<void> {
  const { agent, request, response, leave } = exchange;
  const { method = '', url = '' } = request;
  if (url.startsWith(generatorService.k6)) return passOn(exchange, url.slice(generatorService.k6.length));
  if (url.startsWith(generatorService.file)) return sendFile(exchange, url.slice(generatorService.file.length));
  const place = `${method} ${url}`;
  switch (place) {
    case `GET ${generatorService.hello}`:
      return sendJson(response, 200, agent.hello());
    case `GET ${generatorService.clock}`:
      return sendJson(response, 200, agent.clock());
    case `GET ${generatorService.state}`:
      return sendJson(response, 200, agent.state());
    case `GET ${generatorService.files}`:
      return sendJson(response, 200, await agent.files());
    case `POST ${generatorService.target}`: {
      const { baseUrl, allowHosts } = await bodyAs(request, targetRequest);
      return sendJson(response, 200, await agent.target(baseUrl, allowHosts));
    }
    case `POST ${generatorService.start}`: {
      const problem = await agent.start(await bodyAs(request, startRequest));
      return sendJson(response, problem === null ? 200 : 409, { problem });
    }
    case `POST ${generatorService.signal}`: {
      agent.signal((await bodyAs(request, signalRequest)).signal);
      return sendJson(response, 200, {});
    }
    case `POST ${generatorService.leave}`:
      response.once('finish', leave);
      return sendJson(response, 200, {});
    default:
      request.resume();
      refuse(response, 404);
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const text = JSON.stringify(value);
  response
    .writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) })
    .end(text);
}

function sendFile({ agent, request, response }: Exchange, file: string): void {
  request.resume();
  const path = request.method === 'GET' ? agent.pathOf(file) : null;
  if (path === null) refuse(response, 404);
  else answerPart(path, request.headers.range, response);
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > maxRequestBytes) throw new BadRequest(413);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

async function bodyAs<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  let value: unknown;
  try {
    value = JSON.parse((await bodyOf(request)).toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw new BadRequest(400);
    throw error;
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new BadRequest(400);
  return parsed.data;
}

/** To k6's REST API, which listens on this pod's loopback alone. It has no time limit: teardown may take minutes. */
async function passOn({ agent, request, response }: Exchange, path: string): Promise<void> {
  const { restPort } = agent;
  const body = await bodyOf(request);
  if (!restPath.test(path) || restPort === null) {
    refuse(response, restPort === null ? 503 : 404);
    return;
  }
  const asking = requestOf(
    {
      ...{ host: '127.0.0.1', port: restPort, path: `/${path}`, method: request.method, agent: false },
      headers: { 'Content-Type': 'application/json', 'Content-Length': body.length },
    },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, { 'Content-Type': 'application/json' });
      answer.once('error', () => response.destroy());
      answer.pipe(response);
    },
  );
  asking.once('error', () => {
    if (response.headersSent) response.destroy();
    else refuse(response, 503);
  });
  response.once('close', () => asking.destroy());
  asking.end(body);
}
