import { kilobytes, megabytes } from '../../contract/report/figures.ts';
import type { Run } from '../interpret/run.ts';
import type { ServerTimeline } from '../journal/server.ts';
import { warmUpCycles } from '../memory/growth.ts';
import { lateness } from '../memory/leak-causes.ts';
import type { LeakEvidence } from '../memory/leak-evidence.ts';
import { howToTell } from '../memory/page-figures.ts';
import { fillingStore } from '../memory/refutations.ts';
import { minSettled } from '../memory/settled-memory.ts';
import { growsUntilReplaced, type LifeGrowth, type WorkerLife, workerLives } from '../memory/worker-lives.ts';
import { median } from '../statistics.ts';
import { counted } from '../words.ts';
import { count, measure } from './measure.ts';
import { memoryAdviceOn } from './memory-advice.ts';
import type { Judgement } from './rule.ts';

const howToSee =
  'to see the growth whole: turn off for one run what replaces the workers (max_requests, max_memory_restart, a worker killer), or lower LEAK_REQUESTS';

/** What is known of a leak if no worker, or none that served much, lived through as many rests as a verdict needs. */
export function judgeReplaced(
  run: Run,
  server: ServerTimeline,
  evidence: LeakEvidence,
): Required<Pick<Judgement, 'status' | 'summary' | 'measures' | 'evidence'>> & Pick<Judgement, 'advice'> {
  const lives = workerLives(server.samples, evidence);
  const grown = lives.flatMap(({ growth }) => (growth === null ? [] : [growth]));
  const perRequest = bytesPerRequest(grown);
  const told = livesInWords(lives, grown, perRequest);
  const facts = {
    measures: measuresOf(lives, grown, perRequest),
    evidence: [...lives.map(lifeLine), howToSee],
  };
  const late = lives.flatMap(({ process }) => lateness(process, server) ?? [])[0];
  const filling = fillingStore(run, evidence, perRequest);
  const other = filling?.why ?? (late === undefined ? null : `garbage: ${late}`) ?? livedOnInWords(evidence, grown);
  const isHidden = growsUntilReplaced(lives);
  if (isHidden && other === null) {
    return {
      status: 'warn',
      summary: `growth is hidden by replacing workers: ${told}; it does not fade${evidence.isCollected ? '' : ': a leak, or garbage that no collector has taken'}`,
      measures: facts.measures,
      evidence: [
        ...facts.evidence,
        ...(evidence.isCollected ? [] : [howToTell(server.metrics, run.manifest.profile.monitoring.collect !== null)]),
      ],
      advice: memoryAdviceOn(server, ['hidden by replacing']),
    };
  }
  return {
    status: 'inconclusive',
    summary: `${whoLivedOn(evidence)}: ${counted(evidence.shortLived.length, 'worker')} began or ended meanwhile; ${told}${isHidden ? `, a leak, or ${other}` : ''}; if they are recycled, let them serve more requests each, or lower LEAK_REQUESTS`,
    measures: facts.measures,
    evidence: [...facts.evidence, ...(isHidden && filling !== null ? [filling.tell] : [])],
  };
}

const needed = `lived through the ${minSettled + warmUpCycles} rests that a verdict needs`;

/** `1 worker that lived through …, served about 3% of the requests`. */
export const servedInWords = (workers: number, share: number): string =>
  `${counted(workers, 'worker')} that ${needed} served about ${Math.round(share * 100)}% of the requests`;

const livedOn = ({ processes }: LeakEvidence): number =>
  processes.filter(({ process }) => process.role === 'worker').length;

function whoLivedOn(evidence: LeakEvidence): string {
  const workers = livedOn(evidence);
  return workers === 0 ? `no worker ${needed}` : servedInWords(workers, evidence.served.share);
}

/** What else the growth of replaced workers may be if one that lived on served as many requests, and did not grow; null if none did. */
function livedOnInWords(evidence: LeakEvidence, grown: readonly LifeGrowth[]): string | null {
  const workers = livedOn(evidence);
  const each = workers === 0 ? 0 : evidence.served.requests / workers;
  if (each < (median(grown.map(({ requests }) => requests)) ?? Number.POSITIVE_INFINITY)) return null;
  return `start-up: ${counted(workers, 'worker')} that lived on served as many requests, and did not grow`;
}

function bytesPerRequest(grown: readonly LifeGrowth[]): number {
  const requests = grown.reduce((sum, growth) => sum + growth.requests, 0);
  return requests === 0 ? 0 : grown.reduce((sum, { grownBytes }) => sum + grownBytes, 0) / requests;
}

const lastOfReplaced = (lives: readonly WorkerLife[]): readonly number[] =>
  lives.flatMap(({ isReplaced, lastBytes }) => (isReplaced ? [lastBytes] : []));

function livesInWords(lives: readonly WorkerLife[], grown: readonly LifeGrowth[], perRequest: number): string {
  const last = lastOfReplaced(lives);
  const replaced =
    last.length === 0
      ? 'none was replaced'
      : `${counted(last.length, 'worker was', 'workers were')} replaced, at ${withRange(last)}`;
  if (grown.length === 0) return `${replaced}; none lived long enough to tell what it grew by`;
  const requests = Math.round(median(grown.map((growth) => growth.requests)) ?? 0).toLocaleString('en-US');
  const each = grown.length === 1 ? '1 worker that lived through' : `each of ${grown.length} that lived through`;
  return `${replaced}; ${each} three rests or more grew by ${withRange(grown.map(({ grownBytes }) => grownBytes))} over about ${requests} requests, about ${kilobytes(perRequest)} per request`;
}

/** `38.0 MB (min 35.1 MB, max 41.2 MB)`: the median, and how far the others are from it. */
function withRange(values: readonly number[]): string {
  const middle = megabytes(median(values) ?? 0);
  if (values.length === 1) return middle;
  const [low, high] = rangeOf(values);
  return `${middle} (min ${megabytes(low)}, max ${megabytes(high)})`;
}

function rangeOf(values: readonly number[]): readonly [number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  return [sorted[0] ?? 0, sorted.at(-1) ?? 0];
}

function measuresOf(
  lives: readonly WorkerLife[],
  grown: readonly LifeGrowth[],
  perRequest: number,
): NonNullable<Judgement['measures']> {
  const last = lastOfReplaced(lives);
  const bytes = grown.map(({ grownBytes }) => grownBytes);
  const [low, high] = rangeOf(bytes);
  return [
    count('replaced-workers', last.length),
    ...(last.length === 0 ? [] : [measure('replaced-at', median(last) ?? 0, 'bytes')]),
    ...(bytes.length === 0
      ? []
      : [
          measure('grown-per-worker', median(bytes) ?? 0, 'bytes'),
          measure('least-grown-worker', low, 'bytes'),
          measure('most-grown-worker', high, 'bytes'),
          measure('grown-per-request', perRequest, 'bytes/request'),
        ]),
  ];
}

function lifeLine({ process, isReplaced, lastBytes }: WorkerLife): string {
  const settled = process.settled.map(({ bytes }) => (bytes / 1e6).toFixed(1)).join(', ');
  return `worker ${process.pid}: settled memory ${settled} MB; ${isReplaced ? `replaced at ${megabytes(lastBytes)}` : 'still there at the end'}`;
}
