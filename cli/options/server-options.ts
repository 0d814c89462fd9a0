import type { ServerAddress } from '../../monitor/system/find-server.ts';
import type { Env } from '../environment.ts';
import { containerEnvironment } from '../processes/child-environment.ts';
import type { Option } from './option.ts';

/** How to find the server's processes: the same ways for `run` and `monitor`. */
export const serverOptions = {
  pid: {
    kind: 'numbers',
    value: 'N[,N]',
    min: 1,
    max: 4_194_304,
    meaning: 'watch this process and its children; several servers behind one proxy: all of them, as in 101,202',
  },
  port: { kind: 'number', value: 'N', min: 1, max: 65_535, meaning: 'watch the processes that listen on this port' },
  process: {
    kind: 'text',
    value: 'NAME',
    meaning:
      'watch the process whose executable or script has this name; several of the name: those that serve, as far as that can be seen',
  },
  unit: { kind: 'text', value: 'NAME', meaning: 'watch the processes of this systemd unit' },
  container: {
    kind: 'text',
    value: 'NAME',
    meaning: 'watch the processes of this container, by its id, or its name in docker, podman or nerdctl',
  },
  log: {
    kind: 'list',
    value: 'FILE',
    meaning:
      'log of the server, or of what supervises it; it tells why processes end, and of trouble with the database and Redis (default: the files that the server writes its output to)',
  },
} as const satisfies Readonly<Record<string, Option>>;

export const waysToFind = '--pid, --port, --process, --unit and --container';

/** The values of `serverOptions` as they are given. */
export interface ServerOptionValues {
  readonly pid: readonly number[];
  readonly port: number | null;
  readonly process: string | null;
  readonly unit: string | null;
  readonly container: string | null;
  readonly log: readonly string[];
}

/** The ways to find the server that were given. */
export function serverAddresses(
  { pid, port, process, unit, container }: ServerOptionValues,
  env: Env,
): readonly ServerAddress[] {
  return [
    ...(pid.length === 0 ? [] : [{ by: 'pid' as const, pids: pid }]),
    ...(port === null ? [] : [{ by: 'port' as const, port, ip: null }]),
    ...(process === null ? [] : [{ by: 'process' as const, name: process }]),
    ...(unit === null ? [] : [{ by: 'unit' as const, name: unit }]),
    ...(container === null
      ? []
      : [{ by: 'container' as const, name: container, environment: containerEnvironment(env) }]),
  ];
}
