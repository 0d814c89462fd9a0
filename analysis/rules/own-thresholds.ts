import { journalFiles } from '../../contract/journal/paths.ts';
import type { OwnThreshold } from '../../contract/plan/plan.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import { ownQuestion } from '../../contract/report/criteria.ts';
import type { Measure } from '../../contract/report/report.ts';
import type { Run } from '../interpret/run.ts';
import type { K6Metric } from '../journal/k6-summary.ts';
import { measure } from './measure.ts';
import { type Judgement, type Rule, timelineFiles } from './rule.ts';

// The k6 thresholds of own scenarios: each is a criterion, which k6 judged and we report.

/** A criterion for each, in the order of the plans. */
export function ownThresholdRules({ manifest }: Pick<Run, 'manifest'>): readonly Rule[] {
  const taken = new Map<string, number>();
  return (manifest.plans ?? []).flatMap(({ scenario, thresholds = [] }) =>
    thresholds.map((threshold) => {
      const id = idOf(scenario, threshold);
      const before = taken.get(id) ?? 0;
      taken.set(id, before + 1);
      return ruleOf(before === 0 ? id : `${id}-${before + 1}`, scenario, threshold);
    }),
  );
}

const kebab = (text: string): string =>
  text
    .replaceAll('>', ' above ')
    .replaceAll('<', ' below ')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

const idOf = (scenario: ScenarioName, { metric, expression }: OwnThreshold): string =>
  `threshold-${kebab(`${scenario} ${metric} ${expression}`)}`;

function ruleOf(id: string, scenario: ScenarioName, threshold: OwnThreshold): Rule {
  const { metric, expression } = threshold;
  return {
    id,
    title: `${metric}: ${expression} (${scenario})`,
    question: ownQuestion,
    evidence: "k6's summary",
    thresholds: () => ({ pass: expression, warn: null, fail: 'anything else' }),
    faults: [],
    advice: [`the threshold stands in the options of ${scenario}: planned.options({ thresholds: … })`],
    scenarios: null,
    unanswered: (plan) => (plan.scenario === scenario ? null : `it is a threshold of ${scenario}`),
    needs: (run) => [
      ...run.generators.map((of) => journalFiles.summary(of, scenario)),
      ...timelineFiles(run, scenario),
    ],
    judge: (run) => judged(run, scenario, threshold),
  };
}

function judged(run: Run, scenario: ScenarioName, { metric, expression }: OwnThreshold): Judgement {
  const undecided = (summary: string): Judgement => ({ status: 'inconclusive', summary });
  const metrics = run.scenarios.find(({ name }) => name === scenario)?.k6Metrics ?? null;
  if (metrics === null) return undecided('there is no summary of k6 that tells');
  const found = metrics.get(metric);
  const isKept = found?.kept[expression];
  if (found !== undefined && hasNoSamples(found))
    return undecided(`${metric} has no samples, so that it could not be computed`);
  if (found === undefined || isKept === undefined) {
    return undecided(
      run.generators.length > 1
        ? `generators that share the load differ in ${expression} of ${metric}, and it cannot be computed from their sums`
        : `k6 judged no threshold ${expression} of ${metric}`,
    );
  }
  const value = comparedValue(found, expression);
  const seen = value === null ? '' : `: ${shown(value)}`;
  return {
    status: isKept ? 'pass' : 'fail',
    summary: `${metric} ${isKept ? 'keeps' : 'misses'} ${expression}${seen}`,
    measures: value === null ? [] : [value],
  };
}

/** A counter that nothing was added to is 0; shares and times of nothing are none. */
function hasNoSamples({ type, values }: K6Metric): boolean {
  if (type === 'rate') return (values.passes ?? 0) + (values.fails ?? 0) === 0;
  return type === 'trend' && (values.count ?? 0) === 0;
}

/** What k6 compared, as far as its summary has it. */
function comparedValue(metric: K6Metric, expression: string): Measure | null {
  const [, aggregation = '', limit] =
    /^\s*([a-z]+(?:\([\d.]+\))?)\s*(?:[<>]=?|={2,3}|!=)\s*(-?[\d.]+)\s*$/.exec(expression) ?? [];
  const value = metric.values[aggregation];
  if (value === undefined || limit === undefined) return null;
  return measure('value', value, unitOf(metric, aggregation), { threshold: Number(limit) });
}

function unitOf({ type, contains }: K6Metric, aggregation: string): Measure['unit'] {
  if (type === 'rate') return 'share';
  if (type === 'counter') return aggregation === 'rate' ? 'count/s' : contains === 'data' ? 'bytes' : 'count';
  return contains === 'time' ? 'ms' : contains === 'data' ? 'bytes' : 'count';
}

function shown({ value, unit }: Measure): string {
  const text = String(Number(value.toPrecision(6)));
  return unit === 'share' || unit === 'count' ? text : `${text} ${unit}`;
}
