import type { ProcessSample } from '../../contract/journal/journal.ts';

/** What never changes. */
export type Life = Pick<ProcessSample, 'pid' | 'parentPid' | 'startTicks' | 'role' | 'label'>;
/** What does, in this order. */
export type Figures = (number | null)[];

const figureNames = ['cpuPercent', 'rssBytes', 'pssBytes', 'threads', 'fileDescriptors'] as const;
/** Left out of a process that has them not. */
const furtherNames = [
  ...['cores' as const, 'mainThreadPercent' as const, 'busiestThreadPercent' as const, 'cpuWaitPercent' as const],
  ...['maxDescriptors' as const, 'connections' as const, 'swapBytes' as const, 'swapPssBytes' as const],
];

export const noFigures = (): Figures => [...figureNames, ...furtherNames].map(() => null);
export const figuresOf = (process: ProcessSample): Figures => [
  process.cpuPercent,
  process.rssBytes,
  process.pssBytes,
  process.threads,
  process.fileDescriptors,
  process.cores ?? null,
  process.mainThreadPercent ?? null,
  process.busiestThreadPercent ?? null,
  process.cpuWaitPercent ?? null,
  process.maxDescriptors ?? null,
  process.connections ?? null,
  process.swapBytes ?? null,
  process.swapPssBytes ?? null,
];

export function processWith({ pid, parentPid, startTicks, role, label }: Life, figures: Figures): ProcessSample {
  const [cpuPercent = null, rssBytes = null, pssBytes = null, threads = null, fileDescriptors = null] = figures;
  // One literal, and no copies of it: a day has fifty million.
  const process: { -readonly [F in keyof ProcessSample]: ProcessSample[F] } = {
    pid,
    parentPid,
    startTicks,
    role,
    label,
    cpuPercent,
    rssBytes,
    pssBytes,
    threads,
    fileDescriptors,
  };
  for (let n = 0; n < furtherNames.length; n += 1) {
    const [figure, name] = [figures[figureNames.length + n], furtherNames[n]];
    if (typeof figure === 'number' && name !== undefined) process[name] = figure;
  }
  return process;
}

export function hasSameFigures(a: ProcessSample, b: ProcessSample): boolean {
  return (
    a.cpuPercent === b.cpuPercent &&
    a.rssBytes === b.rssBytes &&
    a.pssBytes === b.pssBytes &&
    a.threads === b.threads &&
    a.fileDescriptors === b.fileDescriptors &&
    a.cores === b.cores &&
    a.mainThreadPercent === b.mainThreadPercent &&
    a.busiestThreadPercent === b.busiestThreadPercent &&
    a.cpuWaitPercent === b.cpuWaitPercent &&
    a.maxDescriptors === b.maxDescriptors &&
    a.connections === b.connections &&
    a.swapBytes === b.swapBytes &&
    a.swapPssBytes === b.swapPssBytes
  );
}
