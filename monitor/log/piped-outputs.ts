import { isBelow } from '../system/port-holders.ts';
import { listPids, listProcFolder, readProcFile, readProcLink } from '../system/proc-file.ts';

/** Of open(2): 0 is to read only. */
const accessMode = 0o3;

const accessOf = (pid: number, fd: string): number =>
  Number.parseInt(/^flags:\s+(\d+)$/m.exec(readProcFile(`/proc/${pid}/fdinfo/${fd}`) ?? '')?.[1] ?? '', 8) & accessMode;

/** Of open(2): the file is written to only. */
export const isWritten = (pid: number, fd: string): boolean => accessOf(pid, fd) === 0o1;

const isPipe = (link: string | null): link is string => link?.startsWith('pipe:') === true;

const outputsOf = (pid: number): readonly string[] =>
  ['1', '2'].map((fd) => readProcLink(`/proc/${pid}/fd/${fd}`)).filter(isPipe);

/** The pipes that a process reads and another one writes: those of its own only wake it up. */
function pipesReadBy(pid: number): readonly string[] {
  const [read, written] = [new Set<string>(), new Set<string>()];
  for (const fd of listProcFolder(`/proc/${pid}/fd`) ?? []) {
    const link = readProcLink(`/proc/${pid}/fd/${fd}`);
    if (isPipe(link)) (accessOf(pid, fd) === 0 ? read : written).add(link);
  }
  return [...read].filter((link) => !written.has(link));
}

/**
 * Who reads what these write to their outputs, and nothing else, as `tee`, `multilog` and a supervisor of one program do: what it writes
 * is their log. What started the monitor is none: it writes the run's own files.
 */
export function readersOfOutputs(pids: readonly number[]): readonly number[] {
  const outputs = new Set(pids.flatMap(outputsOf));
  if (outputs.size === 0) return [];
  return listPids().filter((pid) => {
    if (pids.includes(pid) || isBelow(process.pid, pid)) return false;
    const pipes = pipesReadBy(pid);
    return pipes.length > 0 && pipes.every((pipe) => outputs.has(pipe));
  });
}
