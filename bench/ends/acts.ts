import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../test/e2e/stress.ts';
import { type Watched, workersIn } from '../../test/third-party/watched-ends.ts';
import { type CrashTruth, crashTruths } from './truth.ts';

/** Until what was done last shows in a sample and in the log. */
const settleMs = 3000;
const maxWaitMs = 240_000;

/** One crash that the bench caused, of a process as the server's log names it. */
export interface Act {
  readonly truth: CrashTruth;
  readonly pid: number;
}

interface Load {
  readonly lanes: number;
  readonly pauseMs: number;
  readonly path: (n: number) => string;
}

const plain = (): string => '/';

/** Requests on a few connections until `work` is done. */
async function underLoad<T>(
  server: Watched,
  { lanes, pauseMs, path }: Load,
  work: (asked: () => number) => Promise<T>,
): Promise<T> {
  let asked = 0;
  let isDone = false;
  const lane = async (): Promise<void> => {
    while (!isDone) {
      const n = asked;
      asked += 1;
      await server.ask(path(n));
      await sleep(pauseMs);
    }
  };
  const all = Promise.all(Array.from({ length: lanes }, lane));
  try {
    return await work(() => asked);
  } finally {
    isDone = true;
    await all;
  }
}

const linesOf = (server: Watched, words: RegExp): number => server.log().match(words)?.length ?? 0;

/** Load until the log tells of so many of something. @returns how many it told of in the end. */
export async function untilLogged(server: Watched, words: RegExp, count: number, pauseMs = 15): Promise<number> {
  await underLoad(server, { lanes: 6, pauseMs, path: plain }, () =>
    until(`the log tells of ${count}`, () => linesOf(server, words) >= count, maxWaitMs),
  );
  await sleep(settleMs);
  return linesOf(server, words);
}

/** Each request has a worker start a child for a job; one in five exits with 1. @returns how many were asked for. */
export async function jobsByRequests(server: Watched, count: number, pauseMs: number): Promise<number> {
  const seconds = [0.05, 0.2, 0.3, 0.5] as const;
  const path = (n: number): string => `/job/${seconds[n % 4] ?? 0}/${n % 5 === 0 ? 1 : 0}`;
  const asked = await underLoad(server, { lanes: 2, pauseMs, path }, async (soFar) => {
    await until(`${count} jobs were started`, () => soFar() >= count, maxWaitMs);
    return soFar();
  });
  await sleep(settleMs);
  return asked;
}

const workers = 2;
/** As the three servers write it: what the monitor sees is what is judged. */
const toldEnd =
  /(?:Worker \(pid:|Child process \[|\bworker )(\d+)[)\]]? (?:was sent SIG\w+|exited with code \d+|died\b)/g;

/** Processes that the log says have ended, in its order. */
const endedIn = (log: string): readonly number[] => [...log.matchAll(toldEnd)].map(([, pid]) => Number(pid));

/** The log tells of an end within this, even on a full machine. */
const endedMs = 5000;
/** The monitor knows the workers within this, if it ever does. */
const knownMs = 10_000;
/** A sample tells of it within this. */
const sampledMs = 700;
const maxAsked = 3;

/** Asks again if nobody got it: node:cluster may give a connection to a worker that was just killed. */
async function askUntil(server: Watched, path: string, hasEnded: () => boolean): Promise<void> {
  for (let n = 0; n < maxAsked && !hasEnded(); n += 1) {
    await server.ask(path);
    for (let waitedMs = 0; waitedMs < endedMs && !hasEnded(); waitedMs += 100) await sleep(100);
  }
}

/** Whether the last sample shows the workers that are there: on a full machine it may be older than the last end. */
function areKnown(server: Watched): boolean {
  const [known, ended] = [workersIn(server.journal()), endedIn(server.log())];
  return known.length === workers && !known.some((pid) => ended.includes(pid));
}

/** Ends workers one after the other, each once the one before was replaced. */
export async function crashWorkers(server: Watched, ofEach: number): Promise<readonly Act[]> {
  const acts: Act[] = [];
  const ended = (): number => endedIn(server.log()).length;
  await underLoad(server, { lanes: 2, pauseMs: 60, path: plain }, async () => {
    for (let n = 0; n < ofEach * crashTruths.length; n += 1) {
      const before = ended();
      for (let ms = 0; ms < knownMs && !areKnown(server); ms += 100) await sleep(100);
      const truth = crashTruths[n % crashTruths.length] ?? 'SIGKILL';
      if (truth === 'SIGKILL') process.kill(Number(await server.ask()), 'SIGKILL');
      else await askUntil(server, truth === 'abort' ? '/abort' : '/exit/7', () => ended() > before);
      await until('a process ended', () => ended() > before, 60_000);
      await sleep(sampledMs);
      for (const pid of endedIn(server.log()).slice(before)) acts.push({ truth, pid });
    }
  });
  await sleep(settleMs);
  return acts;
}
