import type { Status } from '../../contract/report/criteria.ts';
import { megabytes } from '../../contract/report/figures.ts';
import type { Run } from '../interpret/run.ts';
import type { Garbage } from '../memory/garbage-growth.ts';
import { measure } from './measure.ts';
import type { Judgement } from './rule.ts';

interface Growth {
  readonly run: Run;
  readonly grownBytes: number;
  /** What so much growth is judged as. */
  readonly statusOf: (bytes: number) => Status;
}

/** A judgement of growth that passes without what is garbage, and is open if what may be garbage decides it. */
export function withoutGarbage(
  judged: Judgement,
  { clearedBytes, undecidedBytes, why, tells, heaps }: Garbage,
  { run, grownBytes, statusOf }: Growth,
): Judgement {
  const most = statusOf(grownBytes - clearedBytes);
  const least = statusOf(grownBytes - clearedBytes - undecidedBytes);
  const isOpen = most !== least && least !== 'fail';
  const status = isOpen ? 'inconclusive' : least;
  if (why.length === 0 || (status === judged.status && undecidedBytes > 0 && clearedBytes === 0)) return judged;
  const words = [...(clearedBytes > 0 ? [`${megabytes(clearedBytes)} of it is not a leak`] : []), ...why].join(': ');
  return {
    ...judged,
    status,
    summary: `${judged.summary}: ${words}`,
    measures: [...(judged.measures ?? []), measure('garbage', clearedBytes, 'bytes')],
    evidence: [
      ...(judged.evidence ?? []),
      ...heaps,
      ...(isOpen ? tells.map((tell) => tell ?? howToTellGrowth(run)) : []),
    ],
  };
}

function howToTellGrowth({ manifest: { profile, command } }: Run): string {
  const { metrics, collect } = profile.monitoring;
  const ways = [
    ...(metrics === null ? ["set monitoring.metrics in the profile to the server's Prometheus page"] : []),
    ...(collect === null || !command.includes('memory-leak')
      ? ['run memory-leak after it with monitoring.collect, a request that collects garbage']
      : []),
    'give the runtime a limit below this growth (-Xmx, DOTNET_GCHeapHardLimit), so that it must collect or run out of memory',
    'raise SUSTAINED_SECONDS until it has collected several times',
  ];
  return `to tell a leak from a collector that has not run: ${ways.join('; or ')}`;
}
