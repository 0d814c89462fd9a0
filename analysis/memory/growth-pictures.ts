import { type GrowthPicture, maxPoints } from '../../contract/report/pictures.ts';
import { secondsFrom } from '../interpret/drawn-requests.ts';
import { median } from '../statistics.ts';
import { type Growth, type Settled, warmUpCycles } from './growth.ts';
import type { LeakEvidence } from './leak-evidence.ts';
import type { Cycle } from './settled-memory.ts';

/** Of leaks, the steepest; of a run without one, the process that grows most. */
const maxLeaks = 4;

interface Candidate {
  readonly process: string;
  readonly figure: GrowthPicture['figure'];
  readonly values: readonly Settled[];
  /** The cycle of the run in which its own cycles begin. */
  readonly firstCycle: number;
  readonly growth: Growth;
}

/** What was judged, with the line that was fitted to it. @param leaked the growths that are leaks. */
export function growthPictures(
  evidence: LeakEvidence,
  leaked: readonly Growth[],
  startedAtUs: number,
): readonly GrowthPicture[] {
  const steepest = candidatesOf(evidence).toSorted((a, b) => b.growth.slope - a.growth.slope);
  const leaking = steepest.filter(({ growth }) => leaked.includes(growth)).slice(0, maxLeaks);
  const shown = leaking.length > 0 ? leaking : steepest.filter(({ figure }) => figure === 'rss').slice(0, 1);
  return shown.map((candidate) => pictureOf(candidate, leaking.length > 0, evidence.cycles, startedAtUs));
}

function candidatesOf({ processes, heaps }: LeakEvidence): readonly Candidate[] {
  return [
    ...processes.map(({ process, growth }) => ({
      process: `${process.role} ${process.pid}`,
      figure: 'rss' as const,
      values: process.settled,
      firstCycle: process.firstCycle,
      growth,
    })),
    ...heaps.flatMap(({ heap, state, growth }) =>
      growth === null || state !== 'leaks'
        ? []
        : [
            {
              process: heap.process === null ? 'the server' : `process ${heap.process}`,
              ...{ figure: 'heap' as const, values: heap.live, firstCycle: 0, growth },
            },
          ],
    ),
  ];
}

const figureWords = { rss: 'resident memory', heap: "the runtime's own heap after collections" } as const;

function pictureOf(
  { process, figure, values, firstCycle, growth }: Candidate,
  isLeak: boolean,
  cycles: readonly Cycle[],
  startedAtUs: number,
): GrowthPicture {
  const secondOf = (cycle: number): number => secondsFrom(cycles[firstCycle + cycle]?.settleEndUs ?? 0, startedAtUs);
  const judged = values.filter(({ cycle }) => cycle >= warmUpCycles);
  const level = median(judged.map(({ cycle, bytes }) => bytes - growth.slope * cycle)) ?? 0;
  const at = (cycle: number): number => Math.round(level + growth.slope * cycle);
  const [fromCycle, toCycle] = [judged[0]?.cycle ?? 0, judged.at(-1)?.cycle ?? 0];
  return {
    kind: 'growth',
    title: `${process}: ${figureWords[figure]} after each cycle`,
    atSeconds: secondOf(toCycle),
    ...{ process, figure, isLeak },
    points: values.slice(-maxPoints).map(({ cycle, bytes }) => ({
      cycle: cycle + 1,
      atSeconds: secondOf(cycle),
      bytes: Math.round(bytes),
      isWarmUp: cycle < warmUpCycles,
    })),
    line: {
      ...{ fromCycle: fromCycle + 1, fromBytes: at(fromCycle) },
      ...{ toCycle: toCycle + 1, toBytes: at(toCycle) },
    },
    perCycle: { bytes: Math.round(growth.slope), low: Math.round(growth.low), high: Math.round(growth.high) },
  };
}
