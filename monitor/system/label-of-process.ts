import { labelOf } from './label.ts';
import { commandLine, readStat } from './proc-file.ts';

/** How a person knows the process: executable and script, without arguments, which may hold secrets. */
export function labelOfProcess(pid: number): string {
  return labelOf(readStat(pid)?.name ?? `process ${pid}`, commandLine(pid));
}

/** The same with its pid, as texts name a process. */
export const namedProcess = (pid: number): string => `${labelOfProcess(pid)} (pid ${pid})`;
