import type { TargetProfile } from '../../contract/profile/profile.ts';
import { type Status, worst } from '../../contract/report/criteria.ts';
import { plainPercent } from '../../contract/report/figures.ts';
import { afterExitWords } from '../delivery/exited-server.ts';
import type { Successes } from '../interpret/digest.ts';
import { starvedWords } from '../interpret/full-machine.ts';
import type { Run } from '../interpret/run.ts';
import { ownTimeoutNote } from '../interpret/stalls.ts';
import { explanationFor } from '../limiter/explained.ts';
import { awayInWords, failedInWords } from '../outcomes/failed-requests.ts';
import { soonGivenUpNote } from '../outcomes/soon-given-up.ts';
import { addSuccesses, noSuccesses, successesOf } from '../outcomes/successes.ts';
import { declareLimiter, nothingTested, settingsHints } from '../settings-hints.ts';
import { wilson } from '../statistics.ts';
import { share } from '../words.ts';
import type { Advice } from './advice.ts';
import { awayAdvice } from './away-advice.ts';
import { decidedBy } from './decided-by.ts';
import { withoutLedger } from './foreseen.ts';
import { count, shareOf } from './measure.ts';
import { minRequests, minTelling, noLedger, tooFewLegitimate } from './min-requests.ts';
import { exhaustedAdvice } from './response-time.ts';
import { type JudgedPart, ledgersOf, type Rule } from './rule.ts';

const lines = {
  failed: 'error logs of the workers at the times of the failures',
  outcomes: 'the outcomes of the requests that failed, in the ledger, tell 5xx from throttling and broken connections',
  limited: 'throttled although it had to be admitted: the rate limiter criterion says what the limiter does',
  undeclared: `throttled, and the profile declares no limiter: ${declareLimiter}`,
  refused:
    'refused: does the profile send what the server asks for (URL, fields, secret), and does it know each status?',
} as const;

/** By what most of the misses were. */
function adviceOn({ misses, failed }: Successes, { limiter }: TargetProfile): readonly Advice[] {
  const [most] = [...misses].toSorted(([, a], [, b]) => b - a);
  switch (most?.[0]) {
    case 'limited':
      return [limiter.kind === 'none' ? lines.undeclared : lines.limited, lines.outcomes];
    case 'rejected':
    case 'changed':
      return [lines.refused, lines.outcomes];
    case 'failed':
    case 'timeout':
      if (awayInWords(failed) !== null) return [awayAdvice, lines.failed];
      return most[0] === 'timeout' ? [exhaustedAdvice, lines.failed] : [lines.failed, lines.outcomes, exhaustedAdvice];
    default:
      return [lines.failed, lines.outcomes, exhaustedAdvice];
  }
}

export const successRate: Rule<'success-rate'> = {
  id: 'success-rate',
  title: 'Success of legitimate requests',
  question: 'Are response times in budget?',
  evidence: `the share of accepted and duplicate answers, over requests that the declared limiter had to admit and others that it did not refuse. 5xx and no answer count as failures; 503 counts as a refusal if no other refusal was seen although some were due. Needs ${minRequests} requests; with ${minTelling} or more it can only fail`,
  thresholds: ({ success: { passRate, failRate } }) => ({
    pass: `≥ ${plainPercent(passRate)}`,
    warn: failRate === passRate ? null : `${plainPercent(failRate)}–${plainPercent(passRate)}`,
    fail: `< ${plainPercent(failRate)}`,
  }),
  faults: ['legitimate requests fail'],
  advice: [...Object.values(lines), awayAdvice, exhaustedAdvice],
  scenarios: null,
  unanswered: tooFewLegitimate,
  foretold: withoutLedger,
  needs: (run) => ledgersOf(successRate, run),
  judge(run) {
    const { profile } = run.manifest;
    const parts: JudgedPart[] = [];
    let all = noSuccesses;
    let isUndeclared = false;
    const measures = (part: number, whole: number) => [
      ...shareOf('success-rate', part, whole, { threshold: profile.criteria.success.passRate }),
      count('successful', part),
      count('legitimate', whole),
    ];
    for (const scenario of run.scenarios) {
      const here = successesOf(run, scenario);
      if (here === null) continue;
      all = addSuccesses(all, here);
      isUndeclared ||= isOfUndeclaredLimiter(here, profile);
      parts.push({
        scenario: scenario.name,
        status: statusOf(here, profile),
        summary: share(here.successes, here.legitimate, wilson(here.successes, here.legitimate)),
        measures: measures(here.successes, here.legitimate),
      });
    }
    if (parts.length === 0) return { status: 'inconclusive', summary: noLedger };
    const { successes, legitimate, misses, starved, failed } = all;
    const hints = settingsHints(run);
    if (hints.every !== null) {
      return { status: 'inconclusive', summary: nothingTested(hints.every), measures: measures(successes, legitimate) };
    }
    // A scenario with few requests says too little by itself, and counts in the sum.
    const large = parts.filter((part) => part.status !== 'inconclusive').map((part) => part.status);
    const ofAll = statusOf(all, profile);
    const status = worst([ofAll, ...large, ...(isUndeclared ? (['inconclusive'] as const) : [])]);
    const isOpen = status === 'inconclusive' && legitimate >= minRequests && !isUndeclared;
    const undeclared = hints.undeclaredLimiter;
    const kinds = [...misses].map(([outcome, missed]) => `${missed} ${outcome}`).join(', ');
    const answers = failed.count === 0 ? '' : ` (${failedInWords(failed, run.manifest.startedAtUs)})`;
    const away = status === 'pass' ? null : awayInWords(failed);
    return {
      status,
      summary: `${share(successes, legitimate, wilson(successes, legitimate))} of the legitimate requests${decidedBy(parts, status, ofAll)}${isOpen ? `; ${starvedWords(starved)}` : ''}${isUndeclared && undeclared !== null ? `; ${undeclared}` : ''}${away === null ? '' : `; ${away}`}${status === 'pass' ? '' : `${hints.clause}${afterExitWords(run)}`}`,
      measures: measures(successes, legitimate),
      evidence: [
        ...hints.webhooks,
        ...(isUndeclared || undeclared === null ? [] : [undeclared]),
        ...(misses.size === 0 ? [] : [`not successful: ${kinds}${answers}`]),
        ...soonGivenUpNote(run),
        ...(status === 'pass' ? [] : hints.some),
        ...ownTimeoutNote(all.ownTimeouts),
        ...(starved > 0 && !isOpen ? [starvedWords(starved)] : []),
        ...explanationNote(run),
      ],
      parts,
      advice: adviceOn(all, profile),
    };
  },
};

function explanationNote(run: Run): readonly string[] {
  const explanation = explanationFor(run);
  return explanation === null
    ? []
    : [`the limiter fits ${explanation.words}; which requests had to be admitted follows that`];
}

function statusOf(here: Successes, profile: TargetProfile): Status {
  return isOfUndeclaredLimiter(here, profile) ? 'inconclusive' : statusAsDeclared(here, profile);
}

/** What a limiter refuses that the profile says is not there accuses the profile, or the server: nobody can tell which. */
function isOfUndeclaredLimiter(here: Successes, profile: TargetProfile): boolean {
  const throttled = here.misses.get('limited') ?? 0;
  if (profile.limiter.kind !== 'none' || throttled === 0) return false;
  const status = statusAsDeclared(here, profile);
  if (status !== 'fail' && status !== 'warn') return false;
  return statusAsDeclared({ ...here, legitimate: here.legitimate - throttled }, profile) !== 'fail';
}

function statusAsDeclared({ successes, legitimate, starved }: Successes, { criteria }: TargetProfile): Status {
  const { passRate, failRate } = criteria.success;
  // What nobody had CPU for accuses the server only beside what did.
  const clear = legitimate - starved;
  // Fewer requests prove no share, but they may prove that it is too small.
  const isProven = clear >= minTelling && wilson(successes, clear).high < failRate;
  if (legitimate < minRequests) return isProven ? 'fail' : 'inconclusive';
  const statusAmong = (n: number): Status =>
    successes >= passRate * n ? 'pass' : successes >= failRate * n ? 'warn' : 'fail';
  if (statusAmong(legitimate) === 'pass') return 'pass';
  const fair = statusAmong(clear);
  return fair === 'pass' ? 'inconclusive' : fair;
}
