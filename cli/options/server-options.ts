import type { Option } from './option.ts';

/** How to find the server's processes: the same three ways for `run` and `monitor`. */
export const serverOptions = {
  pid: { kind: 'number', value: 'N', min: 1, max: 4_194_304, meaning: 'watch this process and its children' },
  port: { kind: 'number', value: 'N', min: 1, max: 65_535, meaning: 'watch the processes that listen on this port' },
  process: {
    kind: 'text',
    value: 'NAME',
    meaning: 'watch the process whose executable or script has this name',
  },
  log: {
    kind: 'text',
    value: 'FILE',
    meaning: 'log of the server; used to tell graceful worker restarts from crashes',
  },
} as const satisfies Readonly<Record<string, Option>>;

/** The values of `serverOptions` as they are given. */
export interface ServerOptionValues {
  readonly pid: number | null;
  readonly port: number | null;
  readonly process: string | null;
  readonly log: string | null;
}
