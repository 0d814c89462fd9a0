import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { cpus, release, type } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { defaultThresholds } from '../../contract/report/default-thresholds.ts';
import { bands, verdicts } from './confusion.ts';

const root = join(import.meta.dirname, '..', '..');
const kinds = ['simulated', 'real'] as const;
type Kind = (typeof kinds)[number];

/** A file each, for both may be written at the same time. */
const fileOf = (kind: Kind): string => join(root, 'bench', 'results', `accuracy-${kind}.ndjson`);

const truth = z.enum(['clean', 'lazy', 'leak']);
const counts = z.partialRecord(z.enum(verdicts), z.number());

/** All runs of one shape at one level of noise. */
const simulated = z.strictObject({
  kind: z.literal('simulated'),
  at: z.iso.datetime(),
  machine: z.string(),
  /** The rule that judged: see `ruleDigest`. */
  rule: z.string(),
  shape: z.string(),
  truth,
  noise: z.string(),
  counts: z.partialRecord(z.enum(bands), counts),
  /** Those that went otherwise than deserved, a few of them, to be run again. */
  wrong: z.array(z.strictObject({ seed: z.number(), bytesPerRequest: z.number(), verdict: z.enum(verdicts) })),
});

/** One run of one program. */
const real = z.strictObject({
  kind: z.literal('real'),
  at: z.iso.datetime(),
  machine: z.string(),
  rule: z.string(),
  program: z.string(),
  variant: z.string(),
  repeat: z.number(),
  truth,
  bytesPerRequest: z.number(),
  verdict: z.enum(verdicts),
  /** What the run itself says that it could have seen. */
  smallestVisible: z.number().nullable(),
  leakedPerRequest: z.number().nullable(),
  accepted: z.number().nullable(),
  summary: z.string(),
  /** Settled memory of each process, and what its page tells. */
  evidence: z.array(z.string()),
});

const line = z.discriminatedUnion('kind', [simulated, real]);
export type SimulatedResult = z.infer<typeof simulated>;
export type RealResult = z.infer<typeof real>;
export type AccuracyResult = SimulatedResult | RealResult;

type ResultOf<K extends Kind> = Extract<AccuracyResult, { kind: K }>;

export function readResults<K extends Kind>(kind: K): readonly ResultOf<K>[] {
  if (!existsSync(fileOf(kind))) return [];
  return readFileSync(fileOf(kind), 'utf8')
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => line.parse(JSON.parse(text)))
    .filter((result): result is ResultOf<K> => result.kind === kind);
}

export const allResults = (): readonly AccuracyResult[] => kinds.flatMap((kind) => readResults(kind));

/** What a result is about, whatever rule judged it. */
const subjectOf = (result: AccuracyResult): string =>
  JSON.stringify(
    result.kind === 'simulated'
      ? [result.shape, result.noise]
      : [result.program, result.variant, result.bytesPerRequest, result.repeat],
  );

/** The results with one more, in place of what was known of the same. */
export function succeeded<R extends AccuracyResult>(results: readonly R[], result: R): readonly R[] {
  return [...results.filter((each) => subjectOf(each) !== subjectOf(result)), result];
}

/** At once on disk: a bench that is stopped goes on where it was, and what another rule judged stays until this one has. */
export function noteResult(result: AccuracyResult): void {
  replaceResults(result.kind, succeeded<AccuracyResult>(readResults(result.kind), result));
}

export function replaceResults(kind: Kind, results: readonly AccuracyResult[]): void {
  const written = `${fileOf(kind)}.new`;
  writeFileSync(written, results.map((result) => `${JSON.stringify(result)}\n`).join(''));
  renameSync(written, fileOf(kind));
}

export const machineInWords = (): string =>
  `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${type()} ${release()}, Node ${process.version}`;

const ruleFolder = 'analysis/memory';
/** What decides beside the folder: the rules, the cycles that are compared, whose heap is whose, and the figures that a metrics page gives. */
const ruleFiles = [
  ...['memory-leak', 'replaced-workers'].map((name) => `analysis/rules/${name}.ts`),
  ...['interpret/phase-spans', 'statistics'].map((name) => `analysis/${name}.ts`),
  ...['metrics-looks', 'process-starts', 'server-samples'].map((name) => `analysis/journal/${name}.ts`),
  'contract/journal/tree-memory.ts',
  ...['figure-names', 'process-figures'].map((name) => `monitor/metrics/${name}.ts`),
];

/** Of all that makes the verdict: results of another rule are made anew. */
export function ruleDigest(): string {
  const folder = readdirSync(join(root, ruleFolder)).map((name) => `${ruleFolder}/${name}`);
  const hash = createHash('sha256');
  hash.update(JSON.stringify(defaultThresholds.leak));
  for (const path of [...folder, ...ruleFiles].sort()) hash.update(readFileSync(join(root, path)));
  return hash.digest('hex').slice(0, 12);
}
