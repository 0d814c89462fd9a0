import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, type } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
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

/** At once on disk: a bench that is stopped goes on where it was. */
export function appendResult(result: AccuracyResult): void {
  appendFileSync(fileOf(result.kind), `${JSON.stringify(result)}\n`);
}

export function replaceResults(kind: Kind, results: readonly AccuracyResult[]): void {
  writeFileSync(fileOf(kind), results.map((result) => `${JSON.stringify(result)}\n`).join(''));
}

export const machineInWords = (): string =>
  `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${type()} ${release()}, Node ${process.version}`;

/** Of the files that make the verdict: results of another rule are made anew. */
export function ruleDigest(): string {
  const memory = readdirSync(join(root, 'analysis', 'memory')).map((name) => join('analysis', 'memory', name));
  const hash = createHash('sha256');
  for (const path of [...memory, 'analysis/rules/memory-leak.ts', 'analysis/statistics.ts'].sort()) {
    hash.update(readFileSync(join(root, path)));
  }
  return hash.digest('hex').slice(0, 12);
}
