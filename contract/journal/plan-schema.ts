import * as z from 'zod';
import { probeKinds } from '../plan/flaws.ts';
import type { Plan } from '../plan/plan.ts';
import { roleNames } from '../plan/roles.ts';
import { signalVariants } from '../plan/signal.ts';
import { scenarioName } from './scenario-name.ts';

// The schema of plans in run.json. Bundles compute plans and must carry no schema library, so the types stand in
// contract/plan/plan.ts; the last lines of this file keep the two equal.

const count = z.int().nonnegative();
const ms = z.number().nonnegative();

const vuGroups = { steps: count, vusPerGroup: count, groups: count };
const timetable = { ...vuGroups, firstMs: ms, everyMs: ms, firstWebhook: count, webhooks: count };

const schedule = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('rapid'), count, webhook: count, vus: count }),
  z.object({ kind: z.literal('rate'), count, rate: count, perMs: ms, firstWebhook: count, webhooks: count }),
  z.object({
    kind: z.literal('ramp'),
    count,
    startRate: count,
    stages: z.array(z.object({ ms, rate: count })),
    perMs: ms,
    firstWebhook: count,
    webhooks: count,
  }),
  z.object({
    kind: z.literal('replay'),
    count,
    timesMs: z.array(ms),
    signals: z.exactOptional(z.array(count)),
    firstWebhook: count,
    webhooks: count,
    vus: count,
  }),
  z.object({ kind: z.literal('burst'), ...timetable, atOnce: count, forged: z.boolean() }),
  z.object({ kind: z.literal('poll'), ...timetable, atOnce: count, pollMs: ms, pollForMs: ms }),
  z.object({ kind: z.literal('copies'), ...timetable }),
  z.object({ kind: z.literal('rounds'), ...timetable }),
  z.object({
    kind: z.literal('repeats'),
    ...timetable,
    gapsTtl: z.array(z.number()),
    minGapMs: ms,
    ttlMs: ms,
    toleranceMs: z.exactOptional(ms),
  }),
  z.object({ kind: z.literal('quota'), ...timetable, repeats: count, distinct: count, partMs: ms }),
  z.object({
    kind: z.literal('forged'),
    ...timetable,
    flaws: z.array(z.enum(probeKinds)),
    replayGapMs: ms,
    staleMs: ms,
    corrected: z.exactOptional(z.array(count)),
  }),
  z.object({
    kind: z.literal('redelivery'),
    ...timetable,
    cutsMs: z.array(z.nullable(ms)),
    pausesMs: z.array(ms),
    soonMs: ms,
    withinMs: ms,
  }),
  z.object({
    kind: z.literal('boundary'),
    ...vuGroups,
    startMs: ms,
    offsets: count,
    perRound: count,
    windowMs: ms,
    firstWebhook: count,
    atOnce: count,
    halfGapMs: ms,
  }),
]);

const texts = z.exactOptional(z.array(z.string()).min(1));
const numbers = z.exactOptional(z.array(z.number()).min(1));
const content = z.object({ actions: texts, tickers: texts, quantities: numbers, prices: numbers });

const signals = z.object({
  code: z.string(),
  first: count,
  count,
  variant: z.enum(signalVariants),
  content: z.exactOptional(content),
});

const phase = z.object({
  name: z.string().min(1),
  role: z.enum(roleNames),
  purpose: z.enum(['load', 'probe']),
  startMs: ms,
  endMs: ms,
  requests: z.object({ min: count, max: count }),
  signals: z.array(signals),
  schedule,
});

export const planSchema = z.object({
  scenario: scenarioName,
  webhooks: count,
  otherTenant: z.exactOptional(count),
  estimatedMs: ms,
  phases: z.array(phase),
  notes: z.array(z.string()),
  piecePhases: z.exactOptional(count),
  thresholds: z.exactOptional(z.array(z.object({ metric: z.string(), expression: z.string() }))),
});

type Frozen<T> = T extends readonly (infer E)[]
  ? readonly Frozen<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T;
type AreEqual<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
const _areEqual: AreEqual<Frozen<z.infer<typeof planSchema>>, Frozen<Plan>> = true;
void _areEqual;
