import type { ProcessSample, ServerSampleLine } from './journal.ts';

/**
 * Memory of the whole tree in one sample: proportional set sizes where every process has one, else resident ones.
 * Null where a process has neither, or where there is no process.
 */
export function treeBytes(sample: ServerSampleLine, source: 'pss' | 'rss'): number | null {
  if (sample.processes.length === 0) return null;
  let sum = 0;
  for (const process of sample.processes) {
    const bytes = processBytes(process, source);
    if (bytes === null) return null;
    sum += bytes;
  }
  return sum;
}

/** What a process has, whether or not it is swapped out: where memory is short, resident memory falls and nothing is freed. */
export function processBytes(process: ProcessSample, source: 'pss' | 'rss'): number | null {
  const bytes = source === 'pss' ? process.pssBytes : process.rssBytes;
  return bytes === null ? null : bytes + swappedBytes(process, source);
}

/** The part of it that is swapped out. */
export function swappedBytes({ swapBytes, swapPssBytes }: ProcessSample, source: 'pss' | 'rss'): number {
  return (source === 'pss' ? swapPssBytes : swapBytes) ?? 0;
}
