import { lookup } from 'node:dns/promises';
import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';
import { isIP } from 'node:net';
import { isSystemError } from '../../contract/journal/unwritable-file.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { pinnedAgent } from '../../monitor/probes/pinned-agent.ts';
import { isLoopback } from '../loopback.ts';

/** The server under test as it was checked: everything in a run connects to this address, whatever DNS says later. */
export interface CheckedServer {
  /** Normalized. */
  readonly baseUrl: string;
  readonly address: string;
  /** Whether load outside loopback is allowed, because the host was named. */
  readonly hostIsAllowed: boolean;
}

const answerTimeoutMs = 5_000;

/**
 * Resolves a server's host, once. Refuses an address outside loopback unless its host is allowed by name.
 * @param baseUrl normalized, see normalizeBaseUrl.
 * @param allowed hosts, see normalizeHost.
 * @param setting that named the URL.
 * @returns every address that the host resolves to.
 * Throws an ExpectedError for a name that does not resolve and a host that is not allowed.
 */
export async function checkHost(
  baseUrl: string,
  allowed: readonly string[],
  setting: string,
): Promise<readonly string[]> {
  const { hostname } = new URL(baseUrl);
  const host = hostname.replace(/^\[|\]$/g, '');
  let addresses: readonly string[];
  try {
    addresses = (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new ExpectedError(`${setting} names the host ${host}, which does not resolve: check its spelling`);
  }
  refuseOutside(addresses, hostname, allowed, setting);
  return addresses;
}

/** Throws an ExpectedError if one of the addresses is outside loopback and the host is not allowed. */
export function refuseOutside(
  addresses: readonly string[],
  hostname: string,
  allowed: readonly string[],
  setting: string,
): void {
  const outside = addresses.find((address) => !isLoopback(address));
  if (outside !== undefined && !allowed.includes(hostname)) {
    throw new ExpectedError(
      `${setting} leads to ${outside}, which is not loopback: add --allow-host ${hostname} if you may load that server`,
    );
  }
}

/** What STRESS_ADDRESS tells k6; empty for a host that is an address already: k6 maps names only. */
export function addressForK6(server: CheckedServer | null): string {
  return server === null || isIP(new URL(server.baseUrl).hostname.replace(/^\[|\]$/g, '')) !== 0 ? '' : server.address;
}

/** Whether HTTP is answered there. Any answer will do. */
function answersAt(baseUrl: string, address: string): Promise<boolean> {
  const agent = pinnedAgent(new URL(baseUrl), address);
  const get = baseUrl.startsWith('https:') ? httpsGet : httpGet;
  return new Promise((resolve) => {
    const request = get(baseUrl, { agent, timeout: answerTimeoutMs }, (answer) => {
      answer.destroy();
      resolve(true);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
    request.once('close', () => resolve(false));
  });
}

/** The first of some addresses that answers HTTP; null if none does. */
export async function firstAnswering(baseUrl: string, addresses: readonly string[]): Promise<string | null> {
  for (const address of addresses) if (await answersAt(baseUrl, address)) return address;
  return null;
}

/**
 * The server at a URL: its host checked, and the first of its addresses that answers HTTP.
 * Throws an ExpectedError if the host is not allowed, or nothing answers.
 */
export async function checkServer(baseUrl: string, allowed: readonly string[]): Promise<CheckedServer> {
  const addresses = await checkHost(baseUrl, allowed, 'BASE_URL');
  const address = await firstAnswering(baseUrl, addresses);
  if (address === null) {
    throw new ExpectedError(
      `no server answers at ${baseUrl}: start it there, or set BASE_URL, or unset it for the embedded backend`,
    );
  }
  return { baseUrl, address, hostIsAllowed: allowed.includes(new URL(baseUrl).hostname) };
}
