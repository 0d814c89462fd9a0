import { isCycle } from '../../contract/plan/roles.ts';
import { isBuiltIn } from '../../contract/plan/scenarios.ts';
import { worst } from '../../contract/report/criteria.ts';
import {
  generatorNote,
  judgedInWords,
  percentileMs,
  type ResponseTimes,
  responseTimes,
  timesBeyondLine,
} from '../interpret/response-times.ts';
import type { Run, ScenarioRun } from '../interpret/run.ts';
import { slowestPicture } from '../interpret/slowest.ts';
import { isNormalLoad, isSteadyLoad, steadyPhase, withoutPacedLoad } from '../interpret/steady-load.ts';
import { type ResponseDrift, responseDrift } from '../resources/response-drift.ts';
import { counted, millis } from '../words.ts';
import { withoutLedger } from './foreseen.ts';
import { answerCounts, count, measure } from './measure.ts';
import { byMilliseconds, fairStatus, inMilliseconds, judgedBeyondLine, machineWords } from './response-time.ts';
import { type Judgement, ledgersOf, ofScenarios, type Rule, scenariosOf } from './rule.ts';
import { type Slowness, slowAdvice, slowAdviceOn, slownessOf } from './slow-advice.ts';

export const p95ResponseTime: Rule<'p95-response-time'> = {
  id: 'p95-response-time',
  title: 'Response time under normal load (p95, sustained)',
  question: 'Are response times in budget?',
  evidence:
    'the 95th percentile of service times in sustained and soak, or in what an own scenario sends at a rate, over sent and dropped; a dropped iteration counts as infinite',
  thresholds: ({ p95Response, drift: { minMs, minShare } }) => {
    const { warn, ...limits } = inMilliseconds(p95Response);
    const drifting = `the median grows steadily, by ${minMs} ms and ${minShare * 100}% or more`;
    return { ...limits, warn: warn === null ? drifting : `${warn}, or ${drifting}` };
  },
  faults: ['slow answers', 'ever slower answers'],
  advice: slowAdvice,
  scenarios: ['sustained', 'soak'],
  unanswered: withoutPacedLoad,
  foretold: withoutLedger,
  needs: (run) => ledgersOf(p95ResponseTime, run),
  judge(run) {
    const names = scenariosOf(p95ResponseTime, run);
    const judged = run.scenarios
      .filter(({ name }) => names.includes(name))
      .map((scenario) => ({ scenario: scenario.name, ...judgedLoad(run, scenario) }));
    return ofScenarios(judged, noAnswer);
  },
};

const noAnswer = 'no accepted answer to sustained load was recorded';

function judgedLoad(run: Run, scenario: ScenarioRun): Judgement {
  const { plan, ledger } = scenario;
  if (ledger === null) return { status: 'inconclusive', summary: noAnswer };
  const isAsked = isNormalLoad(plan, ledger);
  const times = responseTimes(run, scenario, isAsked);
  if (times !== null && times.histogram.totalCount > 0) return judgedTimes(run, times);
  const beyond = [timesBeyondLine(run, scenario, isAsked)];
  const judge = ([left]: readonly ResponseTimes[]): Judgement =>
    left === undefined ? { status: 'inconclusive', summary: noAnswer } : judgedTimes(run, left);
  return judgedBeyondLine(run, beyond, judge, noAnswer);
}

function judgedTimes(run: Run, times: ResponseTimes): Judgement {
  const { p95Response: limits, drift: least } = run.manifest.profile.criteria;
  const { scenario } = times;
  const { plan } = scenario;
  const drift = driftOf(run, scenario);
  const p95Ms = percentileMs(times, 95);
  const dropped =
    times.dropped > 0
      ? `${times.timeouts > 0 ? ',' : ''} and ${counted(times.dropped, 'dropped iteration')}, each counted as infinite`
      : '';
  const fair = fairStatus(times, (judged) => byMilliseconds(percentileMs(judged, 95), limits));
  const { status } = fair;
  const isDrifting =
    drift?.isSteady === true && drift.grown >= least.minMs && drift.grown >= least.minShare * drift.first;
  const drifting = isDrifting ? `; the median grew steadily, from ${millis(drift.first)} to ${millis(drift.last)}` : '';
  const found: readonly Slowness[] = [...slownessOf(run, times, fair), ...(isDrifting ? (['drift'] as const) : [])];
  return {
    advice: slowAdviceOn(found),
    status: isDrifting ? worst([status, 'warn']) : status,
    summary: `p95 is ${Number.isFinite(p95Ms) ? millis(p95Ms) : 'infinite'} over ${judgedInWords(times.histogram.totalCount, times.timeouts)}${dropped}${machineWords(fair, times)}${drifting}`,
    measures: [
      // Without a finite value there is no figure: what was dropped tells.
      ...(Number.isFinite(p95Ms) ? [measure('p95', p95Ms, 'ms', { threshold: limits.warnMs })] : []),
      ...(drift === null ? [] : [measure('drift', drift.grown, 'ms', { threshold: least.minMs })]),
      ...answerCounts(times.histogram.totalCount, times.timeouts),
      count('dropped', times.dropped),
    ],
    evidence: [
      ...(drift === null
        ? []
        : [
            driftLine(
              drift,
              plan.phases.some(({ role }) => isCycle(role)),
            ),
          ]),
      ...(times.dropped > 0
        ? ['iterations are dropped by the generator when no VU is free: slow answers, or too few VUs']
        : []),
      ...generatorNote([times]),
    ],
    ...(status === 'pass' ? {} : { pictures: slowestPicture(run, [scenario], limits) }),
  };
}

/** Only steady load shows one: where the rate changes, so may response times. */
function driftOf(run: Run, scenario: ScenarioRun): ResponseDrift | null {
  const { plan, ledger } = scenario;
  if (ledger === null || (!isBuiltIn(plan.scenario) && steadyPhase(plan) === null)) return null;
  return responseDrift(run, scenario, isSteadyLoad(plan, ledger));
}

/** So many say how it went on. */
const maxTold = 12;

function driftLine({ medians }: ResponseDrift, byCycle: boolean): string {
  const every = Math.ceil(medians.length / maxTold);
  const shown = medians.filter((_, n) => n % every === 0).map((ms) => millis(ms));
  const what = byCycle ? `each ${every === 1 ? '' : `${every}th `}cycle` : 'each tenth of the answers';
  return `median of ${what}: ${shown.join(', ')}`;
}
