import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { max, min, wilson } from '../../analysis/statistics.ts';
import { share } from '../../analysis/words.ts';
import { kilobytes } from '../../contract/report/figures.ts';
import { accused, added, type Band, bandOf, bands, type Counts, isWrong, sumOf, verdicts } from './confusion.ts';
import { type AccuracyResult, allResults, type RealResult, type SimulatedResult } from './results.ts';

const file = join(import.meta.dirname, '..', '..', 'docs', 'accuracy.md');

const inWords: Readonly<Record<Band, string>> = {
  clean: 'leaks nothing',
  lazy: 'leaks nothing, resident memory grows as if',
  'below ½': 'leaks less than ½ of the stated minimum',
  '½ to 1': 'leaks ½ to 1 times the stated minimum',
  '1 to 2': 'leaks 1 to 2 times the stated minimum',
  '2 to 4': 'leaks 2 to 4 times the stated minimum',
  'above 4': 'leaks over 4 times the stated minimum',
  unstated: 'leaks, and no minimum was stated',
};

/** docs/accuracy.md as the results have it. */
export function accuracyPage(results: readonly AccuracyResult[] = allResults()): string {
  const simulated = results.filter((result) => result.kind === 'simulated');
  const real = results.filter((result) => result.kind === 'real');
  return [
    '# Accuracy of the leak verdict',
    '',
    'Made by `make accuracy` from `bench/results/accuracy-simulated.ndjson` and `accuracy-real.ndjson`; a test fails when page and results differ. Truth against the verdict of the rule',
    '[memory-leak](evidence/memory.md), simulated and real programs apart. The stated minimum is the smallest leak that the run itself says it could have',
    'seen. Rates have their 95% interval by Wilson. *Fail, or garbage*: it fails, and names what else explains the growth as well.',
    '',
    '## Simulated programs',
    '',
    ...(simulated.length === 0 ? ['Not run.', ''] : simulatedPart(simulated)),
    '## Real programs',
    '',
    ...(real.length === 0 ? ['Not run.', ''] : realPart(real)),
  ].join('\n');
}

function simulatedPart(results: readonly SimulatedResult[]): readonly string[] {
  const names = [...new Set(results.map(({ shape }) => shape))];
  const rows = names.map((name) => {
    const own = results.filter(({ shape }) => shape === name);
    return { name, truth: own[0]?.truth ?? 'clean', ...byBand(own) };
  });
  const bad = (row: (typeof rows)[number]): number => wrongIn(row.counts);
  return [
    `${names.length} shapes of memory, at ${new Set(results.map(({ noise }) => noise)).size} levels of noise, leaks at nine sizes; ten cycles each. ${measured(results)}`,
    '',
    'Two constants of the rule, the scatter that growth must exceed and the pace that it keeps, were chosen on these shapes with other seeds: shapes that',
    'nobody thought of may do worse.',
    '',
    ...confusion(byBand(results).counts),
    'By shape, where any run went otherwise than it deserves:',
    '',
    '| shape | runs | accused though it leaks nothing | missed from twice the stated minimum on |',
    '| --- | --- | --- | --- |',
    ...rows.filter((row) => bad(row) > 0).map(({ name, counts }) => shapeRow(name, counts)),
    '',
    `As they deserve in every run: ${rows
      .filter((row) => bad(row) === 0)
      .map(({ name }) => name)
      .join('; ')}.`,
    '',
  ];
}

type ByBand = Partial<Record<Band, Counts>>;

function byBand(results: readonly SimulatedResult[]): { readonly counts: ByBand } {
  return {
    counts: Object.fromEntries(bands.map((band) => [band, added(results.map(({ counts }) => counts[band] ?? {}))])),
  };
}

const wrongIn = (counts: ByBand): number =>
  bands.reduce(
    (sum, band) =>
      sum + verdicts.reduce((of, verdict) => of + (isWrong(band, verdict) ? (counts[band]?.[verdict] ?? 0) : 0), 0),
    0,
  );

function shapeRow(name: string, counts: ByBand): string {
  const innocent = added([counts.clean ?? {}, counts.lazy ?? {}]);
  const large = added([counts['2 to 4'] ?? {}, counts['above 4'] ?? {}]);
  const all = added(bands.map((band) => counts[band] ?? {}));
  const isInnocent = sumOf(innocent) > 0;
  return `| ${name} | ${sumOf(all)} | ${isInnocent ? `${accused(innocent)} of ${sumOf(innocent)}` : '–'} | ${isInnocent ? '–' : `${sumOf(large) - accused(large)} of ${sumOf(large)}`} |`;
}

const rate = (part: number, whole: number): string => (whole === 0 ? '–' : share(part, whole, wilson(part, whole)));

/** Truth by verdict, and the rates that have a bar. */
function confusion(counts: ByBand): readonly string[] {
  const rows = bands.filter((band) => sumOf(counts[band] ?? {}) > 0);
  const large = added([counts['2 to 4'] ?? {}, counts['above 4'] ?? {}]);
  const clean = counts.clean ?? {};
  const lazy = counts.lazy ?? {};
  return [
    '| truth | n | pass | inconclusive | fail, or garbage | fail | failed |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map((band) => {
      const own = counts[band] ?? {};
      const cells = verdicts.map((verdict) => own[verdict] ?? 0).join(' | ');
      return `| ${inWords[band]} | ${sumOf(own)} | ${cells} | ${rate(accused(own), sumOf(own))} |`;
    }),
    '',
    '| figure | measured | bar |',
    '| --- | --- | --- |',
    `| false alarms: programs that leak nothing, accused | ${rate(accused(clean), sumOf(clean))} | ≤ 1% |`,
    `| lazy collectors and kept keys, accused without the other explanation | ${rate(lazy.fail ?? 0, sumOf(lazy))} | 0 |`,
    `| detection: leaks from twice the stated minimum on that fail | ${rate(accused(large), sumOf(large))} | ≥ 95% |`,
    '',
  ];
}

function realPart(results: readonly RealResult[]): readonly string[] {
  const bandOfRun = ({ truth, bytesPerRequest, smallestVisible }: RealResult): Band =>
    bandOf(truth, bytesPerRequest, smallestVisible);
  const counts: ByBand = Object.fromEntries(
    bands.map((band) => [
      band,
      added(results.filter((result) => bandOfRun(result) === band).map(({ verdict }) => ({ [verdict]: 1 }))),
    ]),
  );
  return [
    `Programs of \`bench/accuracy/programs/\`, each started and loaded by \`webhook-stress run memory-leak --exec\`. ${measured(results)}`,
    '',
    ...confusion(counts),
    '| program | what it does | leak per request | runs | pass | inconclusive | fail, or garbage | fail | stated minimum | measured leak |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...realRows(results),
    '',
  ];
}

function realRows(results: readonly RealResult[]): readonly string[] {
  const keyOf = ({ program, variant, bytesPerRequest }: RealResult): string =>
    JSON.stringify([program, variant, bytesPerRequest]);
  const keys = [...new Set(results.map(keyOf))];
  return keys.map((key) => {
    const own = results.filter((result) => keyOf(result) === key);
    const { program = '', variant = '', bytesPerRequest = 0 } = own[0] ?? {};
    const given = verdicts.map((verdict) => own.filter((result) => result.verdict === verdict).length).join(' | ');
    const leak = bytesPerRequest === 0 ? '–' : kilobytes(bytesPerRequest);
    const found = own.flatMap(({ verdict, leakedPerRequest }) =>
      verdict.startsWith('fail') && leakedPerRequest !== null ? [leakedPerRequest] : [],
    );
    const visible = own.flatMap(({ smallestVisible }) => (smallestVisible === null ? [] : [smallestVisible]));
    return `| ${program} | ${variant} | ${leak} | ${own.length} | ${given} | ${range(visible)} | ${range(found)} |`;
  });
}

function range(values: readonly number[]): string {
  const [least, largest] = [min(values), max(values)];
  if (least === null || largest === null) return '–';
  const [low, high] = [kilobytes(least), kilobytes(largest)];
  return low === high ? low : `${low} to ${high}`;
}

function measured(results: readonly AccuracyResult[]): string {
  const days = results.map(({ at }) => at.slice(0, 10)).sort();
  const when = days[0] === days.at(-1) ? `on ${days[0]}` : `from ${days[0]} to ${days.at(-1)}`;
  return `Measured ${when}: ${[...new Set(results.map(({ machine }) => machine))].join('; ')}.`;
}

export const writtenAccuracyPage = (): string => readFileSync(file, 'utf8');
export const writeAccuracyPage = (): void => writeFileSync(file, accuracyPage());
