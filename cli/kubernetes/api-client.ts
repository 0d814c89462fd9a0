import { readFileSync } from 'node:fs';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import * as z from 'zod';
import { isSystemError, refusalOf } from '../../contract/journal/unwritable-file.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { type Credential, credentialFrom } from './exec-credential.ts';
import { jsonIn } from './json-in.ts';
import type { ClusterAccess, ExecPlugin } from './kubeconfig.ts';

/** An answer of the API server, or of what it passed on to. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** No answer came. */
export class Unreachable extends Error {}

/** The API server refused. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** 0: none. */
  readonly timeoutMs?: number;
}

type Env = Readonly<Record<string, string | undefined>>;

const defaultTimeoutMs = 15_000;
const maxBodyBytes = 16 << 20;
/** Before its end a credential is asked for anew. */
const renewBeforeMs = 60_000;

const statusBody = z.object({ kind: z.literal('Status'), message: z.string() });

/** The API server of one cluster. */
export class ApiClient {
  readonly access: ClusterAccess;
  readonly #env: Env;
  #credential: Promise<Credential> | null = null;
  #agent: HttpAgent | null = null;

  constructor(access: ClusterAccess, env: Env) {
    this.access = access;
    this.#env = env;
  }

  /** A resource as JSON. Rejects with Unreachable or Refused. */
  async json<T>(schema: z.ZodType<T>, request: ApiRequest): Promise<T> {
    const { status, body } = await this.ask(request);
    const value = jsonIn(body.toString('utf8'));
    if (status < 200 || status > 299) {
      const said = statusBody.safeParse(value);
      throw new Refused(status, said.success ? said.data.message : `HTTP ${status}`);
    }
    const parsed = schema.safeParse(value);
    if (!parsed.success) throw new Refused(status, `it answers ${request.method} ${request.path} with something else`);
    return parsed.data;
  }

  /** Whatever is answered. Rejects with Unreachable. */
  async ask({ method, path, headers = {}, body, timeoutMs = defaultTimeoutMs }: ApiRequest): Promise<ApiAnswer> {
    const { server } = this.access;
    const { agent, token } = await this.#authenticated();
    const url = new URL(`${server}${path}`);
    const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const failed = (error: Error): void => reject(new Unreachable(reasonOf(error)));
      const asking = request(
        url,
        {
          ...{ method, agent },
          headers: {
            Accept: 'application/json',
            ...(body === undefined
              ? {}
              : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
            ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
            ...headers,
          },
          ...(timeoutMs === 0 ? {} : { signal: AbortSignal.timeout(timeoutMs) }),
        },
        (answer) =>
          bodyOf(answer).then(
            (bytes) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: bytes }),
            failed,
          ),
      );
      asking.once('error', failed);
      asking.end(body);
    });
  }

  close(): void {
    this.#agent?.destroy();
  }

  async #authenticated(): Promise<{ readonly agent: HttpAgent; readonly token: string | null }> {
    const { exec, tokenFile, token } = this.access;
    if (exec === null) {
      this.#agent ??= agentOf(this.access, this.access);
      return { agent: this.#agent, token: tokenFile === null ? token : tokenIn(tokenFile) };
    }
    const credential = await this.#inForce(exec);
    this.#agent ??= agentOf(this.access, credential);
    return { agent: this.#agent, token: credential.token };
  }

  /** Rejects with Unreachable if there is none: whoever asks later asks its program anew. */
  async #inForce(exec: ExecPlugin): Promise<Credential> {
    const held = this.#credential;
    if (held === null) {
      // Whoever comes meanwhile waits for the same one.
      this.#credential = this.#askFor(exec, null);
      return this.#credential;
    }
    const credential = await held;
    if (credential.expiresAtMs - renewBeforeMs >= Date.now()) return credential;
    if (this.#credential === held) this.#credential = this.#askFor(exec, credential);
    return this.#credential ?? this.#inForce(exec);
  }

  /** @param held serves on to its end if the program gives no other. */
  async #askFor(exec: ExecPlugin, held: Credential | null): Promise<Credential> {
    try {
      const given = await credentialFrom(exec, this.#env);
      // Requests under way keep the one that they began with.
      this.#agent = null;
      return given;
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
      if (held !== null && held.expiresAtMs > Date.now()) return held;
      this.#credential = null;
      throw new Unreachable(error.message);
    }
  }
}

function tokenIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new Unreachable(`the token file of the kubeconfig, ${file}, cannot be read (${refusalOf(error)})`);
  }
}

interface Identity {
  readonly certificate: string | null;
  readonly key: string | null;
}

function agentOf({ server, ca, serverName, verifies }: ClusterAccess, { certificate, key }: Identity): HttpAgent {
  if (!server.startsWith('https:')) return new HttpAgent({ keepAlive: true });
  return new HttpsAgent({
    keepAlive: true,
    rejectUnauthorized: verifies,
    ...(ca === null ? {} : { ca }),
    ...(serverName === null ? {} : { servername: serverName }),
    ...(certificate === null ? {} : { cert: certificate }),
    ...(key === null ? {} : { key }),
  });
}

async function bodyOf(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > maxBodyBytes) throw new Error(`it sends more than ${maxBodyBytes} bytes at once`);
    chunks.push(bytes);
  }
  const announced = answer.headers['content-length'];
  if (!answer.complete || (announced !== undefined && Number(announced) !== length))
    throw new Error('its answer breaks off');
  return Buffer.concat(chunks);
}

function reasonOf(error: Error): string {
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'it does not answer in time';
  return 'code' in error ? `it does not answer (${String(error.code)})` : error.message;
}
