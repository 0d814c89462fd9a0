import type { ClockPair } from '../contract/journal/journal.ts';

/** The run's clock: wall time noted once, with a monotonic reading, plus the monotonic time since. */
export interface RunClock {
  readonly pair: ClockPair;
  /** Microseconds since the epoch; a step of the wall clock does not bend it. */
  nowUs(): number;
}

/** The clock that libuv reads, in microseconds, the same in every process of this boot: see docs/platforms.md, The clock. */
const monotonicUs = (): number => Number(process.hrtime.bigint() / 1000n);

/** @param pair that of the run; without one this process notes its own. */
export function newClock(pair: ClockPair = { wallUs: Date.now() * 1000, monotonicUs: monotonicUs() }): RunClock {
  return { pair, nowUs: () => pair.wallUs + monotonicUs() - pair.monotonicUs };
}
