import type { ProcessSample } from '../../contract/journal/journal.ts';

/** What never changes. */
export type Life = Pick<ProcessSample, 'pid' | 'parentPid' | 'startTicks' | 'role' | 'label'>;
/** What does, in this order. */
export type Figures = (number | null)[];

const figureNames = ['cpuPercent', 'rssBytes', 'pssBytes', 'threads', 'fileDescriptors'] as const;
/** Left out of a process that has them not. */
const furtherNames = ['cores', 'mainThreadPercent', 'busiestThreadPercent', 'maxDescriptors', 'connections'] as const;

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
  process.maxDescriptors ?? null,
  process.connections ?? null,
];

export function processWith({ pid, parentPid, startTicks, role, label }: Life, figures: Figures): ProcessSample {
  const [cpuPercent = null, rssBytes = null, pssBytes = null, threads = null, fileDescriptors = null] = figures;
  const further: { -readonly [F in (typeof furtherNames)[number]]?: number } = {};
  for (const [n, name] of furtherNames.entries()) {
    const figure = figures[figureNames.length + n];
    if (typeof figure === 'number') further[name] = figure;
  }
  return {
    ...{ pid, parentPid, startTicks, role, label },
    ...{ cpuPercent, rssBytes, pssBytes, threads, fileDescriptors },
    ...further,
  };
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
    a.maxDescriptors === b.maxDescriptors &&
    a.connections === b.connections
  );
}
