import { judgedAnswers } from '../interpret/response-times.ts';
import type { Run, ScenarioRun } from '../interpret/run.ts';
import { stallsOf } from '../interpret/stalls.ts';
import { withoutCpu } from '../interpret/starvation.ts';
import type { Ledger } from '../journal/ledger.ts';
import { median } from '../statistics.ts';

/** Of fewer answers a median says little. */
const minAnswers = 5;

/** By phase, the median service time in milliseconds of accepted load that neither the generator nor a limiter or restart delayed. */
export function cycleMedians(run: Run, scenario: ScenarioRun, ledger: Ledger): ReadonlyMap<string, number> {
  const notServers = stallsOf(scenario).and(withoutCpu(run, scenario));
  const isJudged = judgedAnswers(run, ledger);
  const times = new Map<string, number[]>();
  for (let at = 0; at < ledger.length; at += 1) {
    if (!isJudged(at) || ledger.outcomeOf(at) !== 'accepted' || notServers.overlap(ledger, at)) continue;
    const list = times.get(ledger.phaseOf(at));
    if (list === undefined) times.set(ledger.phaseOf(at), [ledger.tookUs(at) / 1000]);
    else list.push(ledger.tookUs(at) / 1000);
  }
  return new Map(
    [...times].flatMap(([phase, list]) => {
      const middle = list.length < minAnswers ? null : median(list);
      return middle === null ? [] : [[phase, middle]];
    }),
  );
}
