import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Obstacle } from '../../contract/journal/request-failures.ts';
import { isSystemError } from '../../contract/journal/unwritable-file.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import type { TlsTrust } from '../../monitor/probes/pinned-agent.ts';
import { isLoopback } from '../loopback.ts';
import { firstAnswer } from './first-answer.ts';

/** The server under test as it was checked: everything in a run connects to this address, whatever DNS says later. */
export interface CheckedServer {
  /** Normalized. */
  readonly baseUrl: string;
  readonly address: string;
  /** Whether load outside loopback is allowed, because the host was named. */
  readonly hostIsAllowed: boolean;
  /** What its first answer says of the settings, in words; null if nothing. */
  readonly remark: string | null;
}

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
    throw new ExpectedError(`${setting} names the host ${host}, which does not resolve`, {
      remedy: 'check its spelling',
    });
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
    throw new ExpectedError(`${setting} leads to ${outside}, which is not loopback`, {
      remedy: `add --allow-host ${hostname} if you may load that server`,
    });
  }
}

/** What STRESS_ADDRESS tells k6; empty for a host that is an address already: k6 maps names only. */
export function addressForK6(server: CheckedServer | null): string {
  return server === null || isIP(new URL(server.baseUrl).hostname.replace(/^\[|\]$/g, '')) !== 0 ? '' : server.address;
}

/** The first of some addresses that answers HTTP; if none does, what is known of the reason. */
export async function firstAnswering(
  baseUrl: string,
  addresses: readonly string[],
  trust: TlsTrust | null,
): Promise<{ readonly address: string | null; readonly obstacle: Obstacle | null; readonly remark: string | null }> {
  let obstacle: Obstacle | null = null;
  for (const address of addresses) {
    const first = await firstAnswer(new URL(baseUrl), address, trust);
    if (first.isAnswered) return { address, obstacle: null, remark: first.remark };
    obstacle ??= first.obstacle;
  }
  return { address: null, obstacle, remark: null };
}

/** Why a URL cannot be used, whoever named it. */
export const unusable = (url: string, { cause, remedy }: Obstacle): ExpectedError =>
  new ExpectedError(`${url} cannot be used: ${cause}`, { remedy });

/** What named the URL of the server, for messages. */
export const urlSetting = ({ baseUrl }: { readonly baseUrl: string | null }): string =>
  baseUrl === null ? 'baseUrl of the profile' : 'BASE_URL';

/** What named the URL of the server, and the profile's own. */
export interface UrlSource {
  readonly setting: string;
  readonly ofProfile: string | null;
}

export const urlSource = ({ environment, profile }: UrlSettings): UrlSource => ({
  setting: urlSetting(environment),
  ofProfile: profile.baseUrl,
});

interface UrlSettings {
  readonly environment: { readonly baseUrl: string | null };
  readonly profile: { readonly baseUrl: string | null };
}

/** What to do about a server that does not answer. */
function unansweredRemedy({ setting, ofProfile }: UrlSource): string {
  if (setting !== 'BASE_URL')
    return `start it there, or let --exec start it, or change ${setting}, which BASE_URL overrides`;
  const without =
    ofProfile === null
      ? 'unset BASE_URL, with STRESS_PROFILE=embedded, for the embedded backend'
      : `unset BASE_URL for the baseUrl of the profile, ${ofProfile}`;
  return `start it there, or set BASE_URL to where it is, or let --exec start it, or ${without}`;
}

/**
 * The server at a URL: its host checked, and the first of its addresses that answers HTTP.
 * @param source what named the URL.
 * Throws an ExpectedError if the host is not allowed, or nothing answers.
 */
export async function checkServer(
  baseUrl: string,
  allowed: readonly string[],
  trust: TlsTrust | null,
  source: UrlSource = { setting: 'BASE_URL', ofProfile: null },
): Promise<CheckedServer> {
  const addresses = await checkHost(baseUrl, allowed, source.setting);
  const { address, obstacle, remark } = await firstAnswering(baseUrl, addresses, trust);
  if (address === null) {
    if (obstacle !== null) throw unusable(baseUrl, obstacle);
    throw new ExpectedError(`no server answers at ${baseUrl}`, { remedy: unansweredRemedy(source) });
  }
  return { baseUrl, address, hostIsAllowed: allowed.includes(new URL(baseUrl).hostname), remark };
}
