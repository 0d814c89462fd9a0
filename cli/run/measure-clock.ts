import { type ClockReading, maxDrift } from '../../analysis/journal/clock.ts';
import { max, min } from '../../analysis/statistics.ts';
import type { RunClock } from '../../monitor/clock.ts';

/** Of many exchanges some are as quick as the way allows. */
const exchanges = 20;
/** Over a way this long fewer do. */
const longEnoughUs = 2_000_000;

/** What another process answers: its time, in microseconds, by the clock that it writes its files by. */
interface SaidTime {
  readonly nowUs: number;
}

/**
 * How far another clock is ahead of this one. Each exchange bounds that: it said its time after it was asked and before it was heard
 * (Cristian 1989; RFC 5905, section 8), so the quickest one bounds it best. What all of them allow is the answer.
 *
 *     here     sent |-------------------------------| heard        said - heard <= ahead <= said - sent
 *     there               time is said x
 *
 * @param ask asks once, on a connection that stays open; what it rejects with is passed on.
 */
export async function measureClock<Said extends SaidTime>(
  ask: () => Promise<Said>,
  own: Pick<RunClock, 'nowUs'>,
): Promise<{ readonly reading: ClockReading; readonly said: Said }> {
  // The first one may open the connection.
  let said = await ask();
  const beganUs = own.nowUs();
  const lows: number[] = [];
  const highs: number[] = [];
  while (lows.length < exchanges && (lows.length === 0 || own.nowUs() - beganUs < longEnoughUs)) {
    const sentUs = own.nowUs();
    said = await ask();
    const heardUs = own.nowUs();
    lows.push(said.nowUs - heardUs);
    highs.push(said.nowUs - sentUs);
  }
  const tookUs = own.nowUs() - beganUs;
  const reading = { atUs: beganUs + tookUs / 2, ...allowedBy(lows, highs, tookUs * maxDrift) };
  return { reading, said };
}

/** @param driftUs how much the clock may have drifted meanwhile. */
function allowedBy(
  lows: readonly number[],
  highs: readonly number[],
  driftUs: number,
): Pick<ClockReading, 'aheadUs' | 'uncertaintyUs'> {
  const [low, high] = [max(lows) ?? 0, min(highs) ?? 0];
  // A clock that stepped meanwhile fits no single offset: then it is any of them.
  const [from, to] = high + driftUs < low ? [min(lows) ?? 0, max(highs) ?? 0] : [low, high];
  return { aheadUs: (from + to) / 2, uncertaintyUs: Math.abs(to - from) / 2 + driftUs };
}
