import type { Errors } from '../interpret/digest.ts';
import type { ErrorKind } from '../interpret/error-kinds.ts';
import { awayInWords } from '../outcomes/failed-requests.ts';
import { type Advice, interleaved } from './advice.ts';
import { awayAdvice } from './away-advice.ts';
import { exhaustedAdvice } from './response-time.ts';

const logs = 'error logs of the workers; the ledger holds status and time of every failed request';

/** What to look at, by what became of the signals, the most likely first. */
const byKind: Readonly<Record<ErrorKind, readonly Advice[]>> = {
  'server error': [logs],
  timeout: [
    exhaustedAdvice,
    'what a request waits for that never comes: a lock, a free connection of a pool, or another service without a timeout',
  ],
  broken: [
    'connections that broke off: a worker that ended meanwhile (see worker crashes), or a keep-alive timeout of the server that is shorter than the time between two requests',
    logs,
  ],
  refused: [
    'nobody listened, or the queue of new connections was full: did the server run all the time, and is its backlog (somaxconn) large enough?',
  ],
  'behind proxy': [
    'the proxy: the server behind it broke off (502) or was too late (504); its error log says which, and its timeouts must be longer than those of the server',
    exhaustedAdvice,
  ],
  unavailable: [
    '503: who answered it, the server because a queue or a pool was full, or a proxy because no server behind it was well?',
    exhaustedAdvice,
  ],
  rejected: [
    'rejected: does the profile send what the server asks for (URL, fields, secret), and does it know each status?',
  ],
};

export const errorAdvice: readonly Advice[] = [...new Set([...Object.values(byKind).flat(), awayAdvice])];

/** What a store that is away explains: where the server has no answer without it, no pool and no worker is to blame. */
const ofStores: ReadonlySet<ErrorKind> = new Set(['server error', 'timeout', 'unavailable']);

function whileAway(kind: ErrorKind): readonly Advice[] {
  if (kind === 'rejected') return byKind[kind];
  return [awayAdvice, ...(ofStores.has(kind) ? [logs] : byKind[kind])];
}

/** A kind with less of the errors than this is told of by none of the lines. */
const tellingShare = 0.2;

/** By what most of the errors were. */
export function errorAdviceOn({ kinds, failed }: Pick<Errors, 'kinds' | 'failed'>): readonly Advice[] {
  const all = [...kinds].toSorted(([, a], [, b]) => b - a);
  const sum = all.reduce((total, [, count]) => total + count, 0);
  const isAway = awayInWords(failed) !== null;
  const telling = all.filter(([, count]) => count >= tellingShare * sum);
  return interleaved(telling.map(([kind]) => (isAway ? whileAway(kind) : byKind[kind])));
}
