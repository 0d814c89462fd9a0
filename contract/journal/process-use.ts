import type { ProcessSample } from './journal.ts';

/** Runtimes whose requests all run in the first thread of a process; further threads only help it. */
const oneLoop = /^(?:node|deno|bun|python|pypy|uvicorn|hypercorn|gunicorn|ruby|unicorn|php|nginx|redis-server)\b/;

/** Runtimes whose threads take turns under one lock: together they use one core, and little more beside it. */
const oneLock = /^(?:python(?![\d.]*t\b)[\d.]*|pypy|uvicorn|hypercorn|gunicorn|waitress|uwsgi|ruby|puma|unicorn)\b/;
const maxUnderLock = 115;

/** Where a thread uses a whole core and all others together not this much, they wait for it. */
const maxBeside = 50;

/** Of what it may use: of all the cores that the system gives it, or of the one that its threads can keep busy. */
type Bound = 'cores' | 'thread';

/** In percent of what it may use, and what that is. */
export interface ProcessUse {
  readonly percent: number;
  readonly boundBy: Bound;
  /** In words. */
  readonly of: string;
}

/**
 * How much of what it may use a process uses, whatever the machine has. One thread is all that a single-threaded process has; one of many is
 * all only where the runtime serves in it, or where the others do next to nothing. Null where nothing is known.
 */
export function processUse(process: ProcessSample): ProcessUse | null {
  const { cpuPercent, cores, threads, label, mainThreadPercent, busiestThreadPercent } = process;
  if (cpuPercent === null) return null;
  const uses: ProcessUse[] = [];
  if (cores !== undefined && cores > 0) {
    uses.push({ percent: cpuPercent / cores, boundBy: 'cores', of: `the ${coresInWords(cores)} that it may use` });
  }
  if (threads === 1) uses.push({ percent: cpuPercent, boundBy: 'thread', of: 'one core, and it has one thread' });
  if (mainThreadPercent !== undefined && oneLoop.test(label)) {
    uses.push({ percent: mainThreadPercent, boundBy: 'thread', of: 'one core, in its main thread' });
  }
  if (busiestThreadPercent !== undefined && cpuPercent - busiestThreadPercent <= maxBeside) {
    uses.push({
      percent: busiestThreadPercent,
      boundBy: 'thread',
      of: 'one core, in one of its threads, and the others hardly run',
    });
  }
  const isBlind = mainThreadPercent === undefined && oneLoop.test(label);
  if ((oneLock.test(label) || isBlind) && cpuPercent <= maxUnderLock) {
    uses.push({ percent: cpuPercent, boundBy: 'thread', of: 'one core, and its threads take turns' });
  }
  return uses.reduce<ProcessUse | null>(
    (most, use) => (most === null || use.percent > most.percent ? use : most),
    null,
  );
}

const coresInWords = (cores: number): string => (cores === 1 ? 'one core' : `${Number(cores.toFixed(2))} cores`);
