import type { Measure } from '../../contract/report/report.ts';
import type { Between, DeliveryTimes } from './delivery-times.ts';
import { type DrainSeen, missingWords } from './drain.ts';

/** What is said of the delivery times of one scenario. */
export interface DeliverySeen {
  readonly times: DeliveryTimes | null;
  readonly drain: DrainSeen | null;
}

/** Of several scenarios, the one whose signals surely took longest. */
export function slowest(seen: readonly DeliverySeen[]): DeliverySeen {
  const none: DeliverySeen = { times: null, drain: null };
  const lowOf = ({ times }: DeliverySeen): number => times?.p95.low ?? -1;
  const isSlower = (a: DeliverySeen, b: DeliverySeen): boolean =>
    lowOf(a) === lowOf(b) ? (a.drain?.seconds ?? -1) > (b.drain?.seconds ?? -1) : lowOf(a) > lowOf(b);
  return seen.reduce((worst, one) => (isSlower(one, worst) ? one : worst), none);
}

export function deliveryMeasures({ times, drain }: DeliverySeen): readonly Measure[] {
  const between = (name: string, { low, high }: Between): Measure =>
    low === high ? { name, value: low, unit: 'ms' } : { name, value: (low + high) / 2, unit: 'ms', low, high };
  const ofDrain: readonly Measure[] =
    drain === null ? [] : [{ name: 'read-back-wait', value: drain.seconds, unit: 's' }];
  const ofBacklog: readonly Measure[] =
    drain?.state !== 'undrained'
      ? []
      : [
          { name: 'backlog-left', value: drain.left ?? 0, unit: 'count' },
          { name: 'backlog-drain-rate', value: drain.perSecond, unit: 'count/s' },
        ];
  if (times === null) return [...ofDrain, ...ofBacklog];
  return [
    between('delivery-p50', times.p50),
    between('delivery-p95', times.p95),
    between('delivery-max', times.max),
    { name: 'backlog-max', value: times.maxBacklog, unit: 'count' },
    ...(times.emptyAfter === null ? [] : [between('backlog-empty-after', times.emptyAfter)]),
    ...ofDrain,
    ...ofBacklog,
  ];
}

/** Read-back that nobody had to wait for: two polls a second apart, at most. */
const shortWaitSeconds = 2.5;

/** In words, where signals are processed later than they are answered; nothing where they are not. */
export function deliveryWords({ times, drain }: DeliverySeen): readonly string[] {
  const waited = drain !== null && drain.seconds > shortWaitSeconds;
  const words: string[] = [];
  if (times !== null && (times.maxBacklog > 0 || times.p95.low > 0 || waited)) {
    const { p50, p95, max, emptyAfter, maxBacklog } = times;
    words.push(
      `from answer to effect: p50 ${span(p50)}, p95 ${span(p95)}, at most ${span(max)}; up to ${maxBacklog} waited at one time${
        emptyAfter === null ? '' : `; the backlog was empty ${span(emptyAfter)} after the last answer`
      }`,
    );
  }
  if (waited) words.push(`read-back waited ${drain.seconds.toFixed(1)} s for the backlog${endOf(drain)}`);
  if (times !== null && times.clockErrorUs !== 0) {
    const { clockErrorUs } = times;
    words.push(
      `the server's clock is at least ${(Math.abs(clockErrorUs) / 1e6).toFixed(2)} s ${clockErrorUs > 0 ? 'ahead of' : 'behind'} the load generator's: its times were moved by this`,
    );
  }
  return words;
}

function endOf({ state, left, signalsLeft }: DrainSeen): string {
  return state === 'settled' && left !== null
    ? `: ${missingWords(left, signalsLeft, 'were missing')}, and nothing more came`
    : '';
}

/** `3 ms`, `1.2–2.2 s`. */
function span({ low, high }: Between): string {
  const isLong = high >= 1000;
  const text = (ms: number): string => (isLong ? (ms / 1000).toFixed(1) : ms.toFixed(0));
  const [from, to] = [text(low), text(high)];
  return `${from === to ? to : `${from}–${to}`} ${isLong ? 's' : 'ms'}`;
}

/** What stands in the summary of signals that are all there. */
export function latestWords({ times }: DeliverySeen): string {
  return times === null || times.max.low < 1000 ? '' : `, at most ${span(times.max)} after the answer`;
}
