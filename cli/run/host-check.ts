import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { allowsHost, hostOf } from './allowed-host.ts';

function isLoopback(address: string): boolean {
  return isIP(address) === 4 ? address.startsWith('127.') : address === '::1';
}

/**
 * Refuses a target outside loopback unless its host is allowed by name; what counts is the address it resolves to.
 * @param allowed host names from --allow-host and ALLOW_HOST.
 * Throws an ExpectedError for a URL that is none, a name that does not resolve and a host that is not allowed.
 */
export async function checkHost(baseUrl: string, allowed: readonly string[]): Promise<void> {
  let url: URL;
  try {
    url = new URL(baseUrl);
  } catch {
    throw new ExpectedError(`BASE_URL is no URL; it must look like http://127.0.0.1:8000`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new ExpectedError(`BASE_URL must begin with http:// or https://, not ${url.protocol}//`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new ExpectedError('BASE_URL must hold no user and password: give LOGIN_EMAIL and LOGIN_PASSWORD instead');
  }
  if (allowsHost(url, allowed)) return;
  const host = hostOf(url);
  let addresses: readonly { readonly address: string }[];
  try {
    addresses = await lookup(host, { all: true });
  } catch {
    throw new ExpectedError(`BASE_URL names the host ${host}, which does not resolve`);
  }
  const outside = addresses.find(({ address }) => !isLoopback(address));
  if (outside !== undefined) {
    throw new ExpectedError(
      `BASE_URL leads to ${outside.address}, which is not loopback: add --allow-host ${host} if you may load that server`,
    );
  }
}

/** Throws an ExpectedError where nothing answers HTTP there. Any answer will do. */
export async function checkServerAnswers(baseUrl: string): Promise<void> {
  try {
    const answer = await fetch(baseUrl, { redirect: 'manual', signal: AbortSignal.timeout(5_000) });
    await answer.body?.cancel();
  } catch {
    throw new ExpectedError(
      `no server answers at ${baseUrl}: start it there, or set BASE_URL, or unset it for the embedded backend`,
    );
  }
}
