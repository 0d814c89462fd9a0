import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { journalVersion, type Manifest } from '../../contract/journal/journal.ts';
import { planSchema } from '../../contract/journal/plan-schema.ts';
import { restart } from '../../contract/journal/restart.ts';
import { scenarioNames } from '../../contract/plan/scenarios.ts';
import { targetProfile } from '../../contract/profile/profile.ts';

const clockPair = z.object({ wallUs: z.number(), monotonicUs: z.number() });

const manifest = z.object({
  format: z.literal('run'),
  version: z.literal(journalVersion),
  runId: z.string().min(1),
  clock: clockPair,
  startedAtUs: z.number(),
  endedAtUs: z.number().nullable(),
  clockMovedUs: z.number().optional(),
  interrupted: z.boolean(),
  command: z.array(z.enum(scenarioNames)),
  versions: z.object({ webhookStress: z.string(), node: z.string(), k6: z.string() }),
  k6Build: z.enum(['project', 'stock']),
  environment: z.object({ os: z.string(), cpuModel: z.string(), cores: z.number(), memoryBytes: z.number() }),
  target: z.object({
    kind: z.enum(['embedded', 'external']),
    baseUrl: z.string(),
    workers: z.number().nullable(),
    faults: z.array(z.string()),
  }),
  profile: targetProfile(),
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  // Journals of version 1 have none.
  plans: z.nullable(z.array(planSchema)).default(null),
  scenarios: z.array(
    z.object({
      name: z.enum(scenarioNames),
      startedAtUs: z.number(),
      endedAtUs: z.number().nullable(),
      k6ExitCode: z.number().nullable(),
      k6Signal: z.string().nullable(),
    }),
  ),
  // Older runs have none.
  restart: z.nullable(restart).default(null),
  serverCounts: z.record(z.string(), z.record(z.string(), z.number())).nullable(),
  unwritable: z.array(z.object({ file: z.string(), refusal: z.string() })).optional(),
});

/** Decodes run.json. Its problem is one sentence. */
export function readManifest(path: string): { readonly manifest: Manifest | null; readonly problem: string | null } {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return { manifest: null, problem: error instanceof SyntaxError ? 'it is not JSON' : 'it is missing' };
  }
  const parsed = manifest.safeParse(value);
  if (parsed.success) return { manifest: parsed.data, problem: null };
  const first = parsed.error.issues[0];
  return { manifest: null, problem: `${first?.path.join('.') ?? ''}: ${first?.message ?? 'it has another shape'}` };
}
