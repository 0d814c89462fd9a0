// Reads a file of recorded signals: CSV with a header line, or NDJSON. Each row is a signal of its own, unless it carries an id:
// rows of one id are one signal, and the later ones repeat it.

export interface RecordedSignal {
  /** From some origin; only differences count. */
  readonly atMs: number;
  readonly id: string | null;
  readonly action: string | null;
  readonly ticker: string | null;
  readonly quantity: number | null;
  readonly price: number | null;
}

export interface Recorded {
  /** In order of time. */
  readonly rows: readonly RecordedSignal[];
  /** Each with the file and its line. */
  readonly problems: readonly string[];
}

/** More rows than this make a plan that is too large to keep. */
const maxRows = 100_000;
const maxProblems = 5;

type Cells = Readonly<Record<string, unknown>>;

/** @param file for problems. */
export function recordedSignals(text: string, file: string): Recorded {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const isNdjson = /^\s*\{/.test(lines.find((line) => line.trim() !== '') ?? '');
  const { cells, problems } = isNdjson ? cellsOfNdjson(lines, file) : cellsOfCsv(lines, file);
  const rows: RecordedSignal[] = [];
  for (const { line, values } of cells) {
    const { row, problem } = rowOf(values);
    if (problem === null) rows.push(row);
    else problems.push(`${file}:${line}: ${problem}`);
  }
  if (problems.length === 0 && rows.length === 0) problems.push(`${file} holds no signals`);
  if (rows.length > maxRows) problems.push(`${file} holds ${rows.length} signals, more than ${maxRows}: split it`);
  const isCut = problems.length > maxProblems;
  return {
    rows: rows.toSorted((a, b) => a.atMs - b.atMs),
    problems: isCut
      ? [...problems.slice(0, maxProblems), `${file}: ${problems.length - maxProblems} more rows are wrong`]
      : problems,
  };
}

interface Row {
  readonly line: number;
  readonly values: Cells;
}

function cellsOfNdjson(lines: readonly string[], file: string) {
  const cells: Row[] = [];
  const problems: string[] = [];
  lines.forEach((text, n) => {
    if (text.trim() === '') return;
    const values = objectIn(text);
    if (values === null) problems.push(`${file}:${n + 1}: it is not a JSON object`);
    else cells.push({ line: n + 1, values });
  });
  return { cells, problems };
}

function objectIn(text: string): Cells | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

function cellsOfCsv(lines: readonly string[], file: string) {
  const cells: Row[] = [];
  const problems: string[] = [];
  const names = fieldsOf(lines[0] ?? '').map((name) => name.trim().toLowerCase());
  if (!names.includes('time')) {
    problems.push(
      `${file}:1: its first line must name the columns, "time" among them: time,action,ticker,quantity,price`,
    );
    return { cells, problems };
  }
  lines.forEach((text, n) => {
    if (n === 0 || text.trim() === '') return;
    const fields = fieldsOf(text);
    if (fields.length !== names.length) {
      problems.push(`${file}:${n + 1}: it has ${fields.length} fields, and the first line names ${names.length}`);
      return;
    }
    cells.push({ line: n + 1, values: Object.fromEntries(names.map((name, at) => [name, fields[at] ?? ''])) });
  });
  return { cells, problems };
}

/** The fields of a line of CSV, RFC 4180: quoted ones may hold commas, and two quotes for one. No field holds a line break. */
function fieldsOf(line: string): readonly string[] {
  const fields: string[] = [];
  const field = /(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g;
  for (const [, quoted, plain] of line.matchAll(field)) {
    fields.push(quoted === undefined ? (plain ?? '').trim() : quoted.replaceAll('""', '"'));
  }
  return fields;
}

type ReadRow =
  | { readonly row: RecordedSignal; readonly problem: null }
  | { readonly row: null; readonly problem: string };

function rowOf(values: Cells): ReadRow {
  const atMs = timeOf(values.time);
  if (atMs === null) {
    return {
      row: null,
      problem: `time is ${shown(values.time)}; it must be like 2026-03-02T14:30:00.120Z, 14:30:00.120, or a number of seconds`,
    };
  }
  for (const name of ['quantity', 'price'] as const) {
    if (!isAbsent(values[name]) && numberIn(values[name]) === null) {
      return { row: null, problem: `${name} is ${shown(values[name])}; it must be a number` };
    }
  }
  const textOf = (name: string): string | null => (isAbsent(values[name]) ? null : String(values[name]));
  const row = {
    atMs,
    id: textOf('id'),
    action: textOf('action'),
    ticker: textOf('ticker'),
    quantity: numberIn(values.quantity),
    price: numberIn(values.price),
  };
  return { row, problem: null };
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === '';
const shown = (value: unknown): string => (isAbsent(value) ? 'missing' : `"${String(value)}"`);

function numberIn(value: unknown): number | null {
  if (isAbsent(value) || (typeof value !== 'string' && typeof value !== 'number')) return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

/** Numbers from this on are milliseconds since the epoch: as seconds they would lie in the year 5138. */
const firstMs = 1e11;

/** A date, a time of day, or a number. */
function timeOf(value: unknown): number | null {
  const number = numberIn(value);
  if (number !== null) return number >= firstMs ? number : number * 1000;
  if (typeof value !== 'string') return null;
  const [, hours, minutes, seconds] = /^(\d{1,2}):(\d\d):(\d\d(?:\.\d+)?)$/.exec(value) ?? [];
  if (hours !== undefined) return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  const date = /^\d{4}-\d\d-\d\d[T ]/.test(value) ? Date.parse(value.replace(' ', 'T')) : Number.NaN;
  return Number.isNaN(date) ? null : date;
}
