import {
  cluster,
  clusterWith,
  gunicorn,
  type Options,
  type Outcome,
  uvicorn,
  type Watched,
  watchOnce,
} from '../../test/third-party/watched-ends.ts';
import { crashWorkers, jobsByRequests, untilLogged } from './acts.ts';
import { countedCrashes, countedJobs, countedRecycles } from './counted.ts';
import type { Counted, users } from './results.ts';
import type { Truth } from './truth.ts';

export interface Case {
  readonly name: string;
  /** What its runs count, the first of them towards what is wanted. */
  readonly truth: Truth;
  /** How many there must be of each kind, with each user. */
  readonly wanted: Readonly<Record<(typeof users)[number], number>>;
  /** One run. */
  readonly run: () => Promise<readonly Counted[]>;
}

/** @param act resolves with what was done, as it alone knows. */
async function watched<T>(
  command: Options['command'],
  act: (server: Watched) => Promise<T>,
): Promise<{ readonly outcome: Outcome; readonly done: T }> {
  const all: T[] = [];
  const outcome = await watchOnce({ command }, async (server) => {
    all.push(await act(server));
  });
  const [done] = all;
  if (done === undefined) throw new Error('nothing was done');
  return { outcome, done };
}

function recycling(name: string, command: Options['command'], words: RegExp, ofRun: number): Case {
  const run = async (): Promise<readonly Counted[]> => {
    const { outcome, done } = await watched(command, (server) => untilLogged(server, words, ofRun));
    return [countedRecycles(outcome, done)];
  };
  return { name, truth: 'graceful recycle', wanted: { root: ofRun * 4, 'another user': ofRun * 2 }, run };
}

interface Jobs {
  readonly ofRun: number;
  readonly runs: number;
  readonly act: (server: Watched, count: number) => Promise<number>;
}

function jobs(name: string, command: Options['command'], { ofRun, runs, act }: Jobs): Case {
  const run = async (): Promise<readonly Counted[]> => {
    const { outcome, done } = await watched(command, (server) => act(server, ofRun));
    return [countedJobs(outcome, done)];
  };
  return { name, truth: 'job child', wanted: { root: ofRun * runs, 'another user': ofRun }, run };
}

const crashesOfRun = 10;

function crashing(name: string, command: Options['command']): Case {
  const run = async (): Promise<readonly Counted[]> => {
    const { outcome, done } = await watched(command, (server) => crashWorkers(server, crashesOfRun));
    return countedCrashes(outcome, done);
  };
  return { name, truth: 'SIGKILL', wanted: { root: 30, 'another user': 30 }, run };
}

const startedJob = /a job was started/g;
const byMaster = (server: Watched, count: number): Promise<number> => untilLogged(server, startedJob, count, 100);
const threads = ['-k', 'gthread', '--threads', '4', 'ending_server:app'];

export const cases: readonly Case[] = [
  crashing('gunicorn', gunicorn('-w', '2', ...threads)),
  crashing('uvicorn', uvicorn('--workers', '2')),
  crashing('node:cluster', cluster),
  recycling(
    'gunicorn, --max-requests 20',
    gunicorn('-w', '4', '--max-requests', '20', ...threads),
    /Autorestarting worker/g,
    250,
  ),
  recycling(
    'uvicorn, --limit-max-requests 40',
    uvicorn('--workers', '2', '--limit-max-requests', '40'),
    /Maximum request limit/g,
    25,
  ),
  jobs('gunicorn, jobs of its workers', gunicorn('-w', '2', ...threads), {
    ofRun: 2000,
    runs: 4,
    act: (server, count) => jobsByRequests(server, count, 12),
  }),
  jobs('gunicorn, jobs of its master', gunicorn('-c', 'forking_master.py', '-w', '2', ...threads), {
    ofRun: 300,
    runs: 2,
    act: byMaster,
  }),
  jobs('node:cluster, jobs of its workers', cluster, {
    ofRun: 600,
    runs: 2,
    act: (server, count) => jobsByRequests(server, count, 30),
  }),
  jobs('node:cluster, jobs of its primary', clusterWith('jobs'), { ofRun: 100, runs: 2, act: byMaster }),
];
