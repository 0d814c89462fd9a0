import { isIP } from 'node:net';
import { isSystemError, refusalOf } from '../contract/journal/unwritable-file.ts';
import { ExpectedError } from '../contract/report/expected-error.ts';
import { type MonitorService, type Served, serveMonitor } from '../monitor/serve/monitor-service.ts';
import type { Environment } from './environment.ts';

interface Listen {
  readonly host: string;
  readonly port: number;
}

/** `PORT`, `IP:PORT`, `[IPv6]:PORT`. */
const listenPattern = /^(?:\[([0-9A-Fa-f:.]+)\]:|(\d{1,3}(?:\.\d{1,3}){3}):)?(\d{1,5})$/;

/** An address and a port of this machine; null if it is neither. */
export function listenAddress(text: string): Listen | null {
  const [isForm, v6, v4, port = ''] = listenPattern.exec(text) ?? [];
  const host = v6 ?? v4 ?? '127.0.0.1';
  return isForm === undefined || isIP(host) === 0 || Number(port) > 65_535 ? null : { host, port: Number(port) };
}

/** Where --listen says; null if it is not given. */
export function listenOf(
  text: string | null,
  { monitor: { serviceToken } }: Environment,
  problems: string[],
): Listen | null {
  if (text === null) return null;
  const listen = listenAddress(text);
  if (listen === null)
    problems.push(`--listen is "${text}"; it must be a port, or an IP address and a port, such as 127.0.0.1:9464`);
  if (serviceToken === null)
    problems.push('--listen needs MONITOR_TOKEN: a secret of your choice, which run --monitor-url gets as well');
  return listen;
}

/** Throws an ExpectedError if it cannot listen there. */
export async function serviceOf(listen: Listen | null, served: Served): Promise<MonitorService | null> {
  if (listen === null) return null;
  try {
    return await serveMonitor(served, listen.host, listen.port);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new ExpectedError(
      `monitor: --listen: cannot listen on ${listen.host}, port ${listen.port} (${refusalOf(error)}); choose another`,
    );
  }
}
