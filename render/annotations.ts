import { statuses } from '../contract/report/criteria.ts';
import type { Finding, Report } from '../contract/report/report.ts';
import { sanitize } from './sanitize.ts';
import { statusWords } from './status-words.ts';

type Level = 'error' | 'warning';

/** GitHub shows ten errors and ten warnings of a step, and the first 4,096 characters of each (actions/runner, ExecutionContext). */
const shownOfEach = 10;
const maxCharacters = 4096;

/** Facts under the sentence of a criterion; the rest stands in the report. */
const factsShown = 3;

/** What a workflow command says: percent signs and line breaks are escaped (actions/toolkit, packages/core/src/command.ts). */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** The same in a property, where a colon and a comma end it. */
function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

function shortened(text: string): string {
  if (text.length <= maxCharacters) return text;
  // The cut may have halved a pair of surrogates.
  return `${text.slice(0, maxCharacters - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** One annotation as a workflow command: a line, whatever the texts hold. */
export function annotation(level: Level, title: string, lines: readonly string[]): string {
  return `::${level} title=${property(sanitize(title))}::${data(shortened(lines.map(sanitize).join('\n')))}`;
}

/** An error is what makes the step red: failed, inconclusive, and in a strict run a warning, too. */
function levelOf({ status }: Finding, strict: boolean): Level | null {
  if (status === 'fail' || status === 'inconclusive') return 'error';
  if (status === 'warn') return strict ? 'error' : 'warning';
  return null;
}

function ofLevel(level: Level, findings: readonly Finding[]): readonly string[] {
  const shown = findings.length <= shownOfEach ? findings : findings.slice(0, shownOfEach - 1);
  const rest = findings.slice(shown.length);
  const more = rest.map(({ title, status }) => `${sanitize(title)}: ${statusWords[status].word}`);
  return [
    ...shown.map(({ title, status, summary, evidence }) =>
      annotation(level, `${title}: ${statusWords[status].word}`, [summary, ...evidence.slice(0, factsShown)]),
    ),
    ...(rest.length === 0 ? [] : [annotation(level, `${rest.length} more criteria`, more)]),
  ];
}

/**
 * What GitHub shows beside a run of its pipeline: an annotation per criterion that failed, warned or is inconclusive, worst first.
 * A run that is red for another reason says that one.
 */
export function renderAnnotations({ findings, strict, exitCode, headline }: Report): string {
  const worstFirst = statuses.flatMap((status) => findings.filter((finding) => finding.status === status));
  const errors = worstFirst.filter((finding) => levelOf(finding, strict) === 'error');
  const lines = [
    ...ofLevel('error', errors),
    ...(errors.length === 0 && exitCode !== 0 ? [annotation('error', 'webhook-stress', [headline])] : []),
    ...ofLevel(
      'warning',
      worstFirst.filter((finding) => levelOf(finding, strict) === 'warning'),
    ),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
