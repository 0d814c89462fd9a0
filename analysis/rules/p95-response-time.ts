import { bounds } from '../../contract/criteria.ts';
import type { Ledger } from '../ledger.ts';
import { percentileMs, responseTimes, stallNote } from '../response-times.ts';
import { ledgersOf, type Rule } from '../rule.ts';
import { median } from '../statistics.ts';
import { counted, millis } from '../words.ts';

const { warnMs, failMs } = bounds.p95Response;

export const p95ResponseTime: Rule = {
  criterion: 'p95-response-time',
  scenarios: ['sustained'],
  needs: (run) => ledgersOf(p95ResponseTime, run),
  judge(run) {
    const scenario = run.scenarios.find(({ name }) => name === 'sustained');
    const times = scenario === undefined ? null : responseTimes(scenario);
    if (times === null || times.histogram.totalCount === 0) {
      return { status: 'inconclusive', summary: 'no accepted answer to sustained load was recorded' };
    }
    const p95Ms = percentileMs(times, 95);
    const dropped =
      times.dropped > 0 ? ` and ${counted(times.dropped, 'dropped iteration')}, each counted as infinite` : '';
    return {
      status: p95Ms > failMs ? 'fail' : p95Ms >= warnMs ? 'warn' : 'pass',
      summary: `p95 is ${Number.isFinite(p95Ms) ? millis(p95Ms) : 'infinite'} over ${times.histogram.totalCount} answers${dropped}`,
      evidence: [
        ...(times.scenario.ledger === null ? [] : driftNote(times.scenario.ledger)),
        ...(times.dropped > 0
          ? ['iterations are dropped by the generator when no VU is free: slow answers, or too few VUs']
          : []),
        ...stallNote([times]),
      ],
    };
  },
};

/** Median service time in the first and in the last third of the load. */
function driftNote(ledger: Ledger): readonly string[] {
  const accepted: number[] = [];
  for (let at = 0; at < ledger.length; at += 1) {
    if (ledger.purposeOf(at) === 'load' && ledger.outcomeOf(at) === 'accepted') accepted.push(ledger.tookUs(at));
  }
  const third = Math.floor(accepted.length / 3);
  const first = median(accepted.slice(0, third));
  const last = median(accepted.slice(accepted.length - third));
  if (first === null || last === null) return [];
  return [`median ${millis(first / 1000)} in the first third, ${millis(last / 1000)} in the last`];
}
