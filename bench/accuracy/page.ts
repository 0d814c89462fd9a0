import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { max, min, wilson } from '../../analysis/statistics.ts';
import { share } from '../../analysis/words.ts';
import { kilobytes } from '../../contract/report/figures.ts';
import { accused, added, type Band, bandOf, bands, type Counts, isWrong, sumOf, verdicts } from './confusion.ts';
import { type AccuracyResult, allResults, type RealResult, ruleDigest, type SimulatedResult } from './results.ts';

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

/** docs/accuracy.md as the results have it. @param rule that of the code: see `ruleDigest`. */
export function accuracyPage(results: readonly AccuracyResult[] = allResults(), rule = ruleDigest()): string {
  const simulated = results.filter((result) => result.kind === 'simulated');
  const real = results.filter((result) => result.kind === 'real');
  return [
    '# Accuracy of the leak verdict',
    '',
    'Made by `make accuracy` from `bench/results/accuracy-simulated.ndjson` and `accuracy-real.ndjson`; a test fails when page and results differ. Truth against the verdict of the rule',
    '[memory-leak](evidence/memory.md), simulated and real programs apart. The stated minimum is the smallest leak that the run itself says it could have',
    'seen: of a leak outside the heap of a runtime, the smallest of those. Rates have their 95% interval by Wilson. *Fail, or garbage*: it fails, and names what else explains the growth as well.',
    '',
    '## Simulated programs',
    '',
    ...(simulated.length === 0 ? ['Not run.', ''] : simulatedPart(simulated, rule)),
    '## Real programs',
    '',
    ...(real.length === 0 ? ['Not run.', ''] : realPart(real, rule)),
  ].join('\n');
}

function simulatedPart(results: readonly SimulatedResult[], rule: string): readonly string[] {
  const names = [...new Set(results.map(({ shape }) => shape))];
  const rows = names.map((name) => {
    const own = results.filter(({ shape }) => shape === name);
    return { name, truth: own[0]?.truth ?? 'clean', ...byBand(own) };
  });
  const bad = (row: (typeof rows)[number]): number => wrongIn(row.counts);
  return [
    `${names.length} shapes of memory, at ${new Set(results.map(({ noise }) => noise)).size} levels of noise, leaks at nine sizes; ten cycles each. ${measured(results)}`,
    '',
    ...judgedBy(results, rule),
    'Two constants of the rule, the scatter that growth must exceed and the pace that it keeps, were chosen on these shapes with other seeds: shapes that',
    'nobody thought of may do worse.',
    '',
    ...confusion(byBand(results).counts, rows),
    'By shape, where any run went otherwise than it deserves:',
    '',
    '| shape | runs | accused though it leaks nothing | missed of 2 to 4 times the stated minimum | missed over 4 times |',
    '| --- | --- | --- | --- | --- |',
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

/** A shape, or a program. */
interface Row {
  readonly name: string;
  readonly counts: ByBand;
}

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
  const all = added(bands.map((band) => counts[band] ?? {}));
  const of = (part: number, whole: number): string => (whole === 0 ? '–' : `${part} of ${whole}`);
  const missed = (['2 to 4', 'above 4'] as const).map((band) => {
    const own = counts[band] ?? {};
    return of(sumOf(own) - accused(own), sumOf(own));
  });
  return `| ${[name, sumOf(all), of(accused(innocent), sumOf(innocent)), ...missed].join(' | ')} |`;
}

const rate = (part: number, whole: number): string => (whole === 0 ? '–' : share(part, whole, wilson(part, whole)));

/** Truth by verdict, and the rates that have a bar. @param shapes of each shape or program, by itself. */
function confusion(counts: ByBand, shapes: readonly Row[]): readonly string[] {
  const rows = bands.filter((band) => sumOf(counts[band] ?? {}) > 0);
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
    '| figure | measured | bar | holds |',
    '| --- | --- | --- | --- |',
    atMost('false alarms, mean over shapes: runs that leak nothing, accused', counts.clean ?? {}, 0.01),
    ...worstOf(shapes).map(({ name, counts }) =>
      atMost(`false alarms of one of the worst shapes, ${name}`, counts.clean ?? {}, 0.01),
    ),
    `| lazy collectors and kept keys, accused without the other explanation | ${rate(lazy.fail ?? 0, sumOf(lazy))} | 0 | ${(lazy.fail ?? 0) === 0 ? 'yes' : 'no'} |`,
    atLeast('detection: leaks of 2 to 4 times the stated minimum that fail', counts['2 to 4'] ?? {}, 0.95),
    atLeast('detection: leaks over 4 times the stated minimum that fail', counts['above 4'] ?? {}, 0.95),
    '',
    '*Holds*: yes or no by the whole interval, as measured where there are too few runs for that.',
    '',
  ];
}

/** The largest shares of false alarms that are above nought, up to three. */
function worstOf(shapes: readonly Row[]): readonly Row[] {
  const shareOf = ({ counts: { clean = {} } }: Row): number => accused(clean) / Math.max(1, sumOf(clean));
  return shapes
    .filter((row) => shareOf(row) > 0)
    .sort((a, b) => shareOf(b) - shareOf(a))
    .slice(0, 3);
}

/** @param bar the largest share that may be accused. */
function atMost(figure: string, counts: Counts, bar: number): string {
  const [part, whole] = [accused(counts), sumOf(counts)];
  const { low, high } = wilson(part, whole);
  const holds = high <= bar ? 'yes' : low > bar ? 'no' : asMeasured(part <= bar * whole, whole);
  return `| ${figure} | ${rate(part, whole)} | ≤ ${bar * 100}% | ${holds} |`;
}

/** @param bar the smallest share that must fail. */
function atLeast(figure: string, counts: Counts, bar: number): string {
  const [part, whole] = [accused(counts), sumOf(counts)];
  const { low, high } = wilson(part, whole);
  const holds = low >= bar ? 'yes' : high < bar ? 'no' : asMeasured(part >= bar * whole, whole);
  return `| ${figure} | ${rate(part, whole)} | ≥ ${bar * 100}% | ${holds} |`;
}

const asMeasured = (isMet: boolean, runs: number): string =>
  runs === 0 ? '–' : `${isMet ? 'yes' : 'no'}, as measured`;

function countsOfRuns(results: readonly RealResult[]): ByBand {
  const bandOfRun = ({ truth, bytesPerRequest, smallestVisible }: RealResult): Band =>
    bandOf(truth, bytesPerRequest, smallestVisible);
  return Object.fromEntries(
    bands.map((band) => [
      band,
      added(results.filter((result) => bandOfRun(result) === band).map(({ verdict }) => ({ [verdict]: 1 }))),
    ]),
  );
}

function realPart(results: readonly RealResult[], rule: string): readonly string[] {
  const programs = [...new Set(results.map(nameOf))].map((name) => ({
    name,
    counts: countsOfRuns(results.filter((result) => nameOf(result) === name)),
  }));
  return [
    `Programs of \`bench/accuracy/programs/\`, each started and loaded by \`webhook-stress run memory-leak --exec\`. ${measured(results)}`,
    '',
    ...judgedBy(results, rule),
    ...confusion(countsOfRuns(results), programs),
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

const measured = (results: readonly AccuracyResult[]): string =>
  `Measured ${days(results)}: ${[...new Set(results.map(({ machine }) => machine))].join('; ')}.`;

function days(results: readonly AccuracyResult[]): string {
  const all = results.map(({ at }) => at.slice(0, 10)).sort();
  return all[0] === all.at(-1) ? `on ${all[0]}` : `from ${all[0]} to ${all.at(-1)}`;
}

/** Which rule said what is told here, and which of it is not of the rule of the code. */
function judgedBy(results: readonly AccuracyResult[], rule: string): readonly string[] {
  const rules = [...new Set(results.map((result) => result.rule))].map((each) => {
    const own = results.filter((result) => result.rule === each);
    return `${own.length} of ${results.length} results by the rule \`${each}\` (measured ${days(own)})`;
  });
  const older = results.filter((result) => result.rule !== rule);
  const said = `Judged: ${rules.join('; ')}.`;
  if (older.length === 0) return [`${said} It is the rule of the code.`, ''];
  const names = [...new Set(older.map(nameOf))];
  const which = older.length === results.length ? '' : ` They are of: ${names.join('; ')}.`;
  return [
    `${said} **${older.length} of ${results.length} are of an older rule than the code's, which may judge otherwise**: \`make accuracy\` makes them anew.${which}`,
    '',
  ];
}

const nameOf = (result: AccuracyResult): string =>
  result.kind === 'simulated' ? result.shape : `${result.program}, ${result.variant}`;

export const writtenAccuracyPage = (): string => readFileSync(file, 'utf8');
export const writeAccuracyPage = (): void => writeFileSync(file, accuracyPage());
