import type { Manifest } from '../contract/journal/journal.ts';
import { exitCodes, type Status, worst } from '../contract/report/criteria.ts';
import { maxPictures } from '../contract/report/pictures.ts';
import type { Finding, Report } from '../contract/report/report.ts';
import { embeddedInWords } from '../contract/report/tested-target.ts';
import { pauseGaps } from './interpret/pauses.ts';
import { type Run, unknownClocks } from './interpret/run.ts';
import { planGaps, sentOfPlan } from './interpret/sent-of-plan.ts';
import { unreadLogGaps } from './interpret/unread-logs.ts';
import type { JournalGap } from './journal/journal-gap.ts';
import { adviceFor } from './rules/advice.ts';
import { ownThresholdRules } from './rules/own-thresholds.ts';
import { rules } from './rules/registry.ts';
import { type Judgement, ledgerFiles, notRunSummary, type Rule, scenariosOf } from './rules/rule.ts';
import { counted } from './words.ts';

const maxEvidence = 20;

/** Ours, and those that own scenarios bring. */
const rulesOf = (run: Run): readonly Rule[] => [...rules, ...ownThresholdRules(run)];

/** One finding per criterion, in the order of analysis/rules/registry.ts. */
export function judge(
  run: Run,
  gaps: readonly JournalGap[],
  among: readonly Rule[] = rulesOf(run),
): readonly Finding[] {
  return among.map((rule) => {
    const judgement = judgementOf(rule, run, gaps);
    const { status, summary, measures = [], parts = [], pictures = [] } = judgement;
    const advice = judgement.advice ?? rule.advice;
    const evidence = [...(status === 'inconclusive' ? openClocks(rule, run) : []), ...evidenceOf(judgement)];
    return {
      criterion: rule.id,
      title: rule.title,
      question: rule.question,
      status,
      summary,
      measures: measures.filter(({ value }) => Number.isFinite(value)),
      thresholds: rule.thresholds(run.manifest.profile.criteria),
      ...told(evidence.slice(0, maxEvidence)),
      advice: status === 'fail' || status === 'warn' ? adviceFor(advice, run.manifest.profile) : [],
      parts: parts.map((part) => ({ measures: [], ...part })),
      ...(pictures.length === 0 ? {} : { pictures: pictures.slice(0, maxPictures) }),
    };
  });
}

/** Both lay requests of all generators beside each other. */
const byOrder: readonly Rule['question'][] = ['Is the rate limiter right?', 'Is each signal processed exactly once?'];

function openClocks({ question }: Rule, run: Run): readonly Evidence[] {
  if (!byOrder.includes(question)) return [];
  const clocks = run.scenarios.flatMap(({ ledger }) => (ledger === null ? [] : unknownClocks(run, ledger)));
  return [...new Set(clocks)].map((text) => ({ text, isInGaps: false }));
}

interface Evidence {
  readonly text: string;
  /** Whether the report lists it among its gaps, too. */
  readonly isInGaps: boolean;
}

interface Judged extends Judgement {
  /** What is missing for it. */
  readonly missing?: readonly Evidence[];
}

const evidenceOf = ({ missing = [], evidence = [] }: Judged): readonly Evidence[] => [
  ...missing,
  ...evidence.map((text) => ({ text, isInGaps: false })),
];

function told(evidence: readonly Evidence[]): Pick<Finding, 'evidence' | 'evidenceInGaps'> {
  const evidenceInGaps = evidence.flatMap(({ isInGaps }, place) => (isInGaps ? [place] : []));
  return {
    evidence: evidence.map(({ text }) => text),
    ...(evidenceInGaps.length === 0 ? {} : { evidenceInGaps }),
  };
}

function judgementOf(rule: Rule, run: Run, gaps: readonly JournalGap[]): Judged {
  if (scenariosOf(rule, run).length === 0) {
    return { status: 'not-run', summary: notRunSummary(rule, run) };
  }
  try {
    return withoutGaps(rule, run, gaps);
  } catch (error) {
    return ofBrokenRule(error);
  }
}

/** A bug in one rule costs its own finding only. */
function ofBrokenRule(error: unknown): Judgement {
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? (error.stack ?? '').split('\n').slice(1, 8) : [];
  return {
    status: 'inconclusive',
    summary: `could not be judged because of a bug in webhook-stress, please report it: ${message}`,
    evidence: stack.map((line) => line.trim()),
  };
}

/** Missing evidence is never a pass: if the journal has gaps, only what it proves wrong stands. */
function withoutGaps(rule: Rule, run: Run, gaps: readonly JournalGap[]): Judged {
  const judgement = rule.judge(run);
  if (judgement.status !== 'pass' && judgement.status !== 'warn') return judgement;
  const needed = new Set(rule.needs(run));
  const unsent = judgement.status === 'pass' ? unsentFor(rule, run) : [];
  const pauses = rule.bridgesPauses === true ? [] : pauseGaps(run);
  const unread = rule.readsLog === true ? unreadLogGaps(run) : [];
  const found = [...unsent, ...gaps, ...pauses, ...unread].filter(
    (gap) => unsent.includes(gap) || needed.has(gap.file),
  );
  const [first] = found;
  if (first === undefined) return judgement;
  const missing = found.map((gap) => ({
    text: `${gap.file}: ${gap.problem}`,
    // A share of the plan is no gap of the journal.
    isInGaps: rule.needsPlan === 'all' || !unsent.includes(gap),
  }));
  if (judgement.status === 'warn' && judgement.isProven === true) return { ...judgement, missing };
  if (run.manifest.interrupted) {
    // Headline and gaps say once why all of these criteria are open.
    return { ...judgement, status: 'inconclusive', summary: `incomplete: ${judgement.summary}`, missing };
  }
  return {
    ...judgement,
    status: 'inconclusive',
    summary: `evidence is missing (${inWords(first)}); what there is says: ${judgement.summary}`,
    missing,
  };
}

/** Less than this share of the planned load is not what the server was to bear. */
const minShareOfPlan = 0.5;

/** What was planned and not sent, if the rule passes nothing without it. */
function unsentFor(rule: Rule, run: Run): readonly JournalGap[] {
  if (rule.needsPlan === undefined) return [];
  const files = new Set(scenariosOf(rule, run).flatMap((name) => ledgerFiles(run, name)));
  if (rule.needsPlan === 'all') return planGaps(run).filter(({ file }) => files.has(file));
  const load = sentOfPlan(run);
  if (load === null || load.sent >= minShareOfPlan * load.planned) return [];
  return [{ file: 'plan', problem: `${load.sent} of ${load.planned} planned requests were sent` }];
}

const inWords = ({ file, problem, needsFile }: JournalGap): string =>
  needsFile === true ? `${file}: ${problem}` : problem;

/** Folds the findings into the verdict and the exit code. If several hold: interrupted, failed, inconclusive, passed. */
export function fold(
  findings: readonly Finding[],
  { interrupted, strict }: { readonly interrupted: boolean; readonly strict: boolean },
): Pick<Report, 'verdict' | 'exitCode' | 'headline'> {
  const judged = findings
    .map(({ status }) => status)
    .filter((status) => status !== 'not-applicable' && status !== 'not-run');
  const status = worst(judged);
  const verdict = status === 'not-applicable' || status === 'not-run' ? 'inconclusive' : status;
  const failed = verdict === 'fail' || (strict && judged.includes('warn'));
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
    headline: `${interrupted ? 'Interrupted. ' : ''}${headline(findings, { verdict, strict, judged: judged.length })}`,
  };
}

/** The headline of a run against the embedded backend says so: a green run may be one that has not met the user's server. */
export function withTested<Given extends Pick<Report, 'headline'>>(
  folded: Given,
  manifest: Pick<Manifest, 'target' | 'settings'>,
): Given {
  const tested = embeddedInWords(manifest);
  return tested === null ? folded : { ...folded, headline: `${folded.headline} ${tested}` };
}

interface Folded {
  readonly verdict: Report['verdict'];
  readonly strict: boolean;
  /** How many criteria were judged. */
  readonly judged: number;
}

/** What failed first, then how much is left open; it agrees with the exit code. */
function headline(findings: readonly Finding[], { verdict, strict, judged }: Folded): string {
  const titles = (status: Status): readonly string[] =>
    findings.filter((finding) => finding.status === status).map(({ title }) => title);
  const [fails, unclear, warns] = [titles('fail'), titles('inconclusive'), titles('warn')];
  const open = unclear.length > 0 ? `; ${unclear.length} inconclusive` : '';
  const of = `of ${judged} criteria`;
  const strictly = strict && warns.length > 0;
  const warned = `${warns.join(', ')} (${counted(warns.length, 'warning')} ${of}; --strict makes warnings fail${open})`;
  if (verdict === 'fail') {
    return `Failed: ${fails.join(', ')} (${fails.length} ${of}${open}${strictly ? `; ${counted(warns.length, 'warning')}, which --strict makes fail` : ''}).`;
  }
  if (strictly) return `Failed: ${warned}.`;
  if (verdict === 'inconclusive') {
    return judged === 0
      ? 'No verdict: nothing was judged.'
      : `No verdict: ${unclear.join(', ')} (${unclear.length} ${of} inconclusive).`;
  }
  if (verdict === 'warn') return `Passed with ${counted(warns.length, 'warning')}: ${warns.join(', ')} (${of}).`;
  return `Passed: all ${judged} criteria that this run judged.`;
}
