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

export function processBytes(process: ProcessSample, source: 'pss' | 'rss'): number | null {
  return source === 'pss' ? process.pssBytes : process.rssBytes;
}
