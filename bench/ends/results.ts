import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { truths } from './truth.ts';

const file = join(import.meta.dirname, '..', 'results', 'ends.ndjson');

export const users = ['root', 'another user'] as const;

/** What one run did to one server, and what the report said of it. */
const counted = z.strictObject({
  truth: z.enum(truths),
  /** How many there were: as the server's log or the bench itself has it, never the monitor. */
  n: z.number(),
  /** Of recycles, those among the graceful ends; of jobs, those in a sample; of crashes, those that were found. */
  seen: z.number(),
  /** Of crashes, those whose cause was right. */
  caused: z.number(),
  /** Crashes that were told, and that nothing had caused. */
  accused: z.number(),
  /** Ends that the report leaves open. */
  open: z.number(),
  /** Wrong causes, and the report's sentence if it was wrong. */
  told: z.array(z.string()),
});
export type Counted = z.infer<typeof counted>;

const line = z.strictObject({
  at: z.iso.datetime(),
  commit: z.string(),
  machine: z.string(),
  user: z.enum(users),
  case: z.string(),
  ...counted.shape,
});
export type EndsResult = z.infer<typeof line>;

export const countedIn = (text: string): readonly Counted[] =>
  z.array(counted).parse(JSON.parse(text.trim().split('\n').at(-1) ?? ''));

export function readEnds(): readonly EndsResult[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => line.parse(JSON.parse(text)));
}

/** At once on disk: a bench that is stopped goes on where it was. */
export const appendEnds = (result: EndsResult): void => appendFileSync(file, `${JSON.stringify(result)}\n`);
