import { readFileSync } from 'node:fs';
import { parse, YAMLError } from 'yaml';
import { isSystemError, refusalOf } from '../../contract/journal/unwritable-file.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { Client } from '../doctor/client.ts';
import type { Environment } from '../environment.ts';
import { checkHost, firstAnswering } from '../run/host-check.ts';

const timeoutMs = 10_000;
const maxBytes = 16 * 1024 * 1024;

/** A document in JSON or YAML, from a file or a URL. Throws an ExpectedError. */
export async function readDocument(
  place: string,
  allowed: readonly string[],
  { trust }: Pick<Environment, 'trust'>,
): Promise<unknown> {
  const text = /^https?:\/\//i.test(place) ? await fromUrl(place, allowed, trust) : fromFile(place);
  return parsedDocument(text, place);
}

function fromFile(path: string): string {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > maxBytes) throw new ExpectedError(`--openapi: ${path} is longer than ${maxBytes} bytes`);
    return bytes.toString('utf8');
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new ExpectedError(
      `--openapi: ${path} cannot be read (${refusalOf(error)}): give a file, or a URL such as http://127.0.0.1:8000/openapi.json`,
    );
  }
}

async function fromUrl(place: string, allowed: readonly string[], trust: Environment['trust']): Promise<string> {
  if (!URL.canParse(place)) throw new ExpectedError('--openapi is not a valid URL. Give a URL or a file');
  const url = new URL(place);
  if (url.username !== '' || url.password !== '')
    throw new ExpectedError('--openapi: the URL must not contain a user or password');
  const addresses = await checkHost(url.origin, allowed, '--openapi');
  const { address, obstacle } = await firstAnswering(url.origin, addresses, trust);
  if (obstacle !== null) throw new ExpectedError(`--openapi: ${obstacle.cause}`, { remedy: obstacle.remedy });
  if (address === null) {
    throw new ExpectedError(`--openapi: no server answers at ${url.origin}`, { remedy: 'start it there' });
  }
  const client = new Client({ baseUrl: url.origin, address, trust, timeoutMs });
  const heard = await client.send({ method: 'GET', path: url.pathname + url.search, headers: {} }, 'readback');
  client.close();
  if (heard.status === 200) return heard.body;
  const to = heard.status >= 300 && heard.status <= 399 ? `, a redirect, which is not followed` : '';
  throw new ExpectedError(
    `--openapi: ${url.origin}${url.pathname} answered ${heard.status || 'nothing'}${to}: where is the document? FastAPI has it at /openapi.json`,
  );
}

function parsedDocument(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof YAMLError || error instanceof ReferenceError) {
      const [line] = error.message.split('\n', 1);
      throw new ExpectedError(`--openapi: ${place} is neither JSON nor YAML: ${line}`);
    }
    throw error;
  }
}
