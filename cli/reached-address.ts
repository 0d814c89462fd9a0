import type { ServerAddress } from '../monitor/system/find-server.ts';
import { isLocalAddress } from '../monitor/system/local-address.ts';

/** The port that a URL leads to. */
export function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}

/**
 * Of what listens on a port, what a URL with this port leads to; without such a URL all of it. Of processes of one name, the URL tells
 * who takes the connections.
 */
export function reachedAddress(address: ServerAddress, urlText: string | null, ip: string | null): ServerAddress {
  if (urlText === null || ip === null || !isLocalAddress(ip)) return address;
  if (address.by === 'process') return { ...address, entry: { port: portOf(urlText), ip } };
  return address.by === 'port' && portOf(urlText) === address.port ? { ...address, ip } : address;
}
