import { plainPercent } from '../../contract/report/figures.ts';
import { afterExitWords } from '../delivery/exited-server.ts';
import type { Errors } from '../interpret/digest.ts';
import { starvedWords } from '../interpret/full-machine.ts';
import type { Run } from '../interpret/run.ts';
import { ownTimeoutNote } from '../interpret/stalls.ts';
import { addErrors, errorsOf, noErrorsYet } from '../outcomes/errors.ts';
import { awayInWords } from '../outcomes/failed-requests.ts';
import { nothingTested, settingsHints } from '../settings-hints.ts';
import { wilson } from '../statistics.ts';
import { share } from '../words.ts';
import { decidedBy } from './decided-by.ts';
import { errorAdvice, errorAdviceOn } from './error-rate-advice.ts';
import { withoutLedger } from './foreseen.ts';
import { count, shareOf } from './measure.ts';
import { minRequests, minTelling, noLedger, tooFewRequests } from './min-requests.ts';
import { type JudgedPart, ledgersOf, type Rule } from './rule.ts';

export const errorRate: Rule<'error-rate'> = {
  id: 'error-rate',
  title: 'Error rate',
  question: 'Are response times in budget?',
  evidence: `failed, timed out and rejected of all signals, n ≥ ${minRequests}, or n ≥ 10 if the whole 95% interval lies above what passes; a throttled signal is not an error, nor is a changed payload that the server noticed and rejected; false signals and what was cut off on purpose are not counted`,
  thresholds: ({ errors }) => ({
    pass: `≤ ${plainPercent(errors.passRate)}`,
    warn: `> ${plainPercent(errors.passRate)}`,
    fail: null,
  }),
  faults: ['too many errors'],
  advice: errorAdvice,
  scenarios: null,
  unanswered: tooFewRequests,
  foretold: withoutLedger,
  needs: (run) => ledgersOf(errorRate, run),
  judge(run) {
    const { passRate } = run.manifest.profile.criteria.errors;
    let all = noErrorsYet;
    const parts: JudgedPart[] = [];
    const measures = (part: number, whole: number) => [
      ...shareOf('error-rate', part, whole, { threshold: passRate }),
      count('errors', part),
      count('requests', whole),
    ];
    for (const scenario of run.scenarios) {
      const here = errorsOf(run, scenario);
      if (here === null) continue;
      all = addErrors(all, here);
      const { requests, errors } = here;
      parts.push({
        scenario: scenario.name,
        status: statusOf(here, passRate),
        summary: share(errors, requests, wilson(errors, requests)),
        measures: measures(errors, requests),
      });
    }
    if (parts.length === 0) return { status: 'inconclusive', summary: noLedger };
    const { requests, errors, ownTimeouts, starved } = all;
    const hints = settingsHints(run);
    if (hints.every !== null) {
      return { status: 'inconclusive', summary: nothingTested(hints.every), measures: measures(errors, requests) };
    }
    // A scenario with few requests says too little by itself, and counts in the sum.
    const ofAll = statusOf(all, passRate);
    const status = parts.some((part) => part.status === 'warn') ? 'warn' : ofAll;
    const isOpen = status === 'inconclusive' && requests >= minRequests;
    const away = status === 'pass' ? null : awayInWords(all.failed);
    return {
      status,
      summary: `${share(errors, requests, wilson(errors, requests))} of all signals failed, timed out or were rejected${decidedBy(parts, status, ofAll)}${isOpen ? `; ${starvedWords(starved)}` : ''}${away === null ? '' : `; ${away}`}${status === 'pass' ? '' : `${hints.clause}${afterExitWords(run)}`}`,
      measures: measures(errors, requests),
      advice: errorAdviceOn(all),
      evidence: [
        ...hints.webhooks,
        ...(status === 'pass' ? [] : hints.some),
        ...ownTimeoutNote(ownTimeouts),
        ...(starved > 0 && !isOpen ? [starvedWords(starved)] : []),
      ],
      parts,
      isProven: errors - starved > passRate * Math.max(requests, plannedSignals(run)),
    };
  },
};

/** How many there would be if none were missing. */
const plannedSignals = (run: Run): number =>
  run.scenarios.reduce((sum, { plan }) => sum + plan.phases.reduce((most, { requests }) => most + requests.max, 0), 0);

function statusOf({ errors, requests, starved }: Errors, passRate: number): 'pass' | 'warn' | 'inconclusive' {
  // What nobody had CPU for accuses the server only beside what did.
  const [clearErrors, clear] = [errors - starved, requests - starved];
  // Fewer requests prove no share, but they may prove that it is too large.
  const isProven = clear >= minTelling && wilson(clearErrors, clear).low > passRate;
  if (requests < minRequests) return isProven ? 'warn' : 'inconclusive';
  if (errors / requests <= passRate) return 'pass';
  return clearErrors > passRate * clear ? 'warn' : 'inconclusive';
}
