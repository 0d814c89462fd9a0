import { z } from 'zod';
import { flaws } from '../plan/forgeries.ts';
import type { Plan } from '../plan/plan.ts';
import { roleNames } from '../plan/roles.ts';
import { scenarioNames } from '../plan/scenarios.ts';
import { signalVariants } from '../plan/signal.ts';

// The schema of plans in run.json. Bundles compute plans and must carry no schema library, so the types stand in
// contract/plan/plan.ts; the last lines of this file keep the two equal.

const count = z.int().nonnegative();
const ms = z.number().nonnegative();

const vuGroups = { steps: count, vusPerGroup: count, groups: count };
const timetable = { ...vuGroups, firstMs: ms, everyMs: ms, firstWebhook: count, webhooks: count };

const schedule = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('rapid'), count, webhook: count, vus: count }),
  z.object({ kind: z.literal('rate'), count, rate: count, perMs: ms, firstWebhook: count, webhooks: count }),
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
    flaws: z.array(z.enum([...flaws, 'none'])),
    replayGapMs: ms,
    staleMs: ms,
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

const phase = z.object({
  name: z.string().min(1),
  role: z.enum(roleNames),
  purpose: z.enum(['load', 'probe']),
  startMs: ms,
  endMs: ms,
  requests: z.object({ min: count, max: count }),
  signals: z.array(z.object({ code: z.string(), first: count, count, variant: z.enum(signalVariants) })),
  schedule,
});

export const planSchema = z.object({
  scenario: z.enum(scenarioNames),
  webhooks: count,
  otherTenant: z.exactOptional(count),
  estimatedMs: ms,
  phases: z.array(phase),
  notes: z.array(z.string()),
});

type Frozen<T> = T extends readonly (infer E)[]
  ? readonly Frozen<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T;
type AreEqual<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
const _areEqual: AreEqual<Frozen<z.infer<typeof planSchema>>, Frozen<Plan>> = true;
void _areEqual;
