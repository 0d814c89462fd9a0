import { type Status, worst } from '../../contract/report/criteria.ts';
import type { ThresholdWords } from '../../contract/report/report.ts';
import { type Judged, judgedInWords, type ResponseTimes } from '../interpret/response-times.ts';
import type { Run } from '../interpret/run.ts';
import { edgesMs, minClearShare } from '../interpret/starvation.ts';
import { type Judgement, ledgerIsWhole } from './rule.ts';

// What the criteria on response times share.

/** A server whose queue is full answers late, or refuses. */
export const exhaustedAdvice =
  'workers, threads and connections of the server: are all in use (limit of workers, keep-alive), so that requests wait or are refused?';

/** Where the health check got no answer for a time, either. */
export const blockedAdvice =
  'no CPU used while it stood still: look for a lock, for synchronous calls (DNS, files, database) in an event loop, or for a pool whose threads all wait for one slow thing';

export const noAnswer = 'no accepted answer was recorded';

/**
 * Where no answer is left to judge, because a line that the profile declares may be why each came late: what came later than the line
 * explains still accuses the server.
 * @param beyond what `timesBeyondLine` found in each scenario.
 * @param judge the criterion, of answers that are left.
 * @param none what is said where none came at all.
 */
export function judgedBeyondLine(
  run: Run,
  beyond: readonly (ResponseTimes | null)[],
  judge: (times: readonly ResponseTimes[]) => Judgement,
  none = noAnswer,
): Judgement {
  const times = beyond.filter((one) => one !== null);
  if (times.length === 0) return { status: 'inconclusive', summary: none };
  const answers = times.reduce((sum, { histogram }) => sum + histogram.totalCount, 0);
  const timeouts = times.reduce((sum, one) => sum + one.timeouts, 0);
  const waited = `${judgedInWords(answers, timeouts)} may have waited in the line of the limiter that is declared as delaying`;
  if (!times.every(({ scenario }) => ledgerIsWhole(run, scenario.name))) {
    return { status: 'inconclusive', summary: `${waited}, and rows that tell how long it was are missing` };
  }
  const judgement = judge(times);
  if (judgement.status === 'pass') {
    return { status: 'not-applicable', summary: `${waited}, and no other is there to judge` };
  }
  return { ...judgement, summary: `later than the line of the delaying limiter explains: ${judgement.summary}` };
}

interface Limits {
  readonly warnMs: number;
  readonly failMs: number;
}

/** Passes below `warnMs`, fails above `failMs`. */
export function byMilliseconds(ms: number, { warnMs, failMs }: Limits): Status {
  return ms > failMs ? 'fail' : ms >= warnMs ? 'warn' : 'pass';
}

export function inMilliseconds({ warnMs, failMs }: Limits): ThresholdWords {
  return {
    pass: `< ${warnMs} ms`,
    warn: warnMs === failMs ? null : `${warnMs}–${failMs} ms`,
    fail: `> ${failMs} ms`,
  };
}

/** Fewer answers say too little of how fast a server is. */
const minClear = 20;

export interface Fair {
  readonly status: Status;
  /** It is so only by what came while there was no CPU to spare. */
  readonly isByMachine: boolean;
}

/**
 * What is slow accuses the server only if it is as slow while there is CPU to spare; else nobody knows whose delay it was. A warning stays
 * one: without CPU a server looks slower, and never faster, so it does not fail.
 * @param of what some answers deserve.
 */
export function fairStatus(times: ResponseTimes, of: (judged: Judged) => Status): Fair {
  const isProof = ({ histogram }: Judged): boolean => histogram.totalCount >= minClear && isShareClear(times);
  return fairBy(times, of, (clear) => isProof(clear) && of(clear) === of(times));
}

/** The same of the slowest answer, in milliseconds: one is enough, if it came away from all times without CPU, or was longer than their edges. */
export function fairSlowest(times: ResponseTimes, of: (ms: number) => Status): Fair {
  const slowest = ({ histogram }: Judged): Status => of(histogram.maxValue / 1000);
  return fairBy(times, slowest, ({ histogram }) => {
    const beyondMs = histogram.maxValue / 1000 - (isShareClear(times) ? 0 : edgesMs);
    return histogram.totalCount > 0 && of(beyondMs) === slowest(times);
  });
}

const isShareClear = ({ clear, histogram }: ResponseTimes): boolean =>
  clear.histogram.totalCount >= minClearShare * histogram.totalCount;

function fairBy(times: ResponseTimes, of: (judged: Judged) => Status, accuses: (clear: Judged) => boolean): Fair {
  const status = of(times);
  if (status === 'pass' || times.inSaturation === 0) return { status, isByMachine: false };
  const isByMachine = !accuses(times.clear);
  return { status: isByMachine && status === 'fail' ? 'inconclusive' : status, isByMachine };
}

/** The worst of some, as one. */
export function worstFair(parts: readonly Fair[]): Fair {
  const status = worst(parts.map((part) => part.status));
  return { status, isByMachine: parts.every((part) => part.status !== status || part.isByMachine) };
}

/** The scenarios that gave the whole its status: what is said of the slowest must be said of one of them. */
export const deciding = <T extends Fair>(parts: readonly T[], status: Status): readonly T[] =>
  parts.filter((part) => part.status === status);

/**
 * Added to the sentence of a criterion that has its status for that reason, or by few of its answers.
 * @param times of the scenario that is named.
 */
export function machineWords({ status, isByMachine }: Fair, { histogram, clear, inSaturation }: ResponseTimes): string {
  if (status === 'pass' || inSaturation === 0) return '';
  const all = histogram.totalCount;
  if (!isByMachine) {
    const left = clear.histogram.totalCount;
    return 2 * left >= all ? '' : `; judged by the ${left} that came while there was CPU to spare`;
  }
  const what = status === 'inconclusive' ? 'whose delay that was is not known' : 'the server itself may be faster';
  const share = inSaturation === all ? '' : ` for ${inSaturation} of ${all}`;
  return `; there was no CPU to spare meanwhile${share}: ${what}`;
}
