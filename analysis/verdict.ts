import { criteria, criterionIds, exitCodes, type Status } from '../contract/report/criteria.ts';
import type { Finding, Gap, Report } from '../contract/report/report.ts';
import type { Run } from './journal/run.ts';
import { advice } from './rules/advice.ts';
import { anyResponse } from './rules/any-response.ts';
import { averageResponseTime } from './rules/average-response-time.ts';
import { cpu } from './rules/cpu.ts';
import { databaseAndRedis } from './rules/database-and-redis.ts';
import { errorRate } from './rules/error-rate.ts';
import { exactlyOnce } from './rules/exactly-once.ts';
import { limitedShare } from './rules/limited-share.ts';
import { memoryGrowth } from './rules/memory-growth.ts';
import { memoryLeak } from './rules/memory-leak.ts';
import { p95ResponseTime } from './rules/p95-response-time.ts';
import { rateLimiter } from './rules/rate-limiter.ts';
import { type Judgement, type Rule, scenariosOf, worst } from './rules/rule.ts';
import { successRate } from './rules/success-rate.ts';
import { workerCrashes } from './rules/worker-crashes.ts';
import { counted } from './words.ts';

const rules: readonly Rule[] = [
  workerCrashes,
  memoryGrowth,
  memoryLeak,
  successRate,
  errorRate,
  averageResponseTime,
  p95ResponseTime,
  anyResponse,
  cpu,
  rateLimiter,
  limitedShare,
  exactlyOnce,
  databaseAndRedis,
];

const maxEvidence = 20;

/** One finding a criterion, in the order of contract/report/criteria.ts. */
export function judge(run: Run, gaps: readonly Gap[]): readonly Finding[] {
  return criterionIds.map((id) => {
    const rule = rules.find(({ criterion }) => criterion === id);
    if (rule === undefined) throw new Error(`no rule judges ${id}`);
    const { title, question } = criteria[id];
    const judgement = scenariosOf(rule, run).length === 0 ? notRun(rule) : withoutGaps(rule, run, gaps);
    const { status, summary, evidence = [], parts = [] } = judgement;
    return {
      criterion: id,
      title,
      question,
      status,
      summary,
      evidence: evidence.slice(0, maxEvidence),
      advice: status === 'fail' || status === 'warn' ? advice[id] : [],
      parts,
    };
  });
}

function notRun(rule: Rule): Judgement {
  return {
    status: 'not-run',
    summary: `needs ${rule.scenarios?.join(' or ') ?? 'a scenario'}, which this command does not run`,
  };
}

/** Missing evidence is never a pass: where the journal has gaps, only what it proves wrong stands. */
function withoutGaps(rule: Rule, run: Run, gaps: readonly Gap[]): Judgement {
  const judgement = rule.judge(run);
  if (judgement.status !== 'pass' && judgement.status !== 'warn') return judgement;
  const needed = new Set(rule.needs(run));
  const missing = gaps.filter(({ file }) => needed.has(file));
  if (missing.length === 0) return judgement;
  return {
    ...judgement,
    status: 'inconclusive',
    summary: `evidence is missing (${missing[0]?.file ?? ''}); on what is there: ${judgement.summary}`,
    evidence: [...missing.map(({ file, problem }) => `${file}: ${problem}`), ...(judgement.evidence ?? [])],
  };
}

/** Folds the findings into the verdict and the exit code. Where several hold: interrupted, failed, inconclusive, passed. */
export function fold(
  findings: readonly Finding[],
  { interrupted, strict }: { readonly interrupted: boolean; readonly strict: boolean },
): Pick<Report, 'verdict' | 'exitCode' | 'headline'> {
  const withStatus = (status: Status): readonly Finding[] => findings.filter((finding) => finding.status === status);
  const judged = findings
    .map(({ status }) => status)
    .filter((status) => status !== 'not-applicable' && status !== 'not-run');
  const status = judged.length === 0 ? 'inconclusive' : worst(judged);
  const verdict = status === 'fail' || status === 'warn' || status === 'pass' ? status : 'inconclusive';
  const failed = verdict === 'fail' || (strict && withStatus('warn').length > 0);
  const exitCode = interrupted
    ? exitCodes.interrupted
    : failed
      ? exitCodes.failed
      : verdict === 'inconclusive'
        ? exitCodes.inconclusive
        : exitCodes.passed;
  return {
    verdict,
    exitCode,
    headline: `${interrupted ? 'Interrupted. ' : ''}${headline(withStatus, verdict, judged.length)}`,
  };
}

function headline(
  withStatus: (status: Status) => readonly Finding[],
  verdict: Report['verdict'],
  judged: number,
): string {
  const titles = (status: Status): string =>
    withStatus(status)
      .map(({ title }) => title)
      .join(', ');
  const [fails, unclear, warns] = [withStatus('fail'), withStatus('inconclusive'), withStatus('warn')];
  if (verdict === 'fail') {
    const rest = unclear.length > 0 ? `; ${unclear.length} more inconclusive` : '';
    return `Do not deploy: ${counted(fails.length, 'criterion', 'criteria')} of ${judged} failed (${titles('fail')})${rest}.`;
  }
  if (verdict === 'inconclusive') {
    return `No verdict: ${counted(unclear.length, 'criterion', 'criteria')} of ${judged} inconclusive (${titles('inconclusive')}).`;
  }
  if (verdict === 'warn')
    return `Passed with ${counted(warns.length, 'warning')} of ${judged} criteria (${titles('warn')}).`;
  return `Passed: all ${judged} criteria that this run judged.`;
}
