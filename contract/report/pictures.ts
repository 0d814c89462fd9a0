import * as z from 'zod';
import { outcomes, unclassified } from '../journal/outcomes.ts';

// Evidence that is drawn. A picture holds the few points that it needs and is drawn from them alone, by render/html/pictures/.

/** No picture holds more: what is left out is counted. */
export const maxBars = 120;
export const maxPoints = 150;
export const maxPictures = 6;

const nullable = z.number().nullable();
const outcome = z.enum([...outcomes, unclassified]);

const common = {
  title: z.string().describe('What it shows, in one sentence.'),
  atSeconds: z
    .number()
    .describe('Its instant on the time line, from the start of the run. Its milliseconds count from here.'),
};

const request = z
  .strictObject({
    id: z.string().describe('The signal, without the tag of its run; empty if there was none.'),
    fromMs: z.number().describe('Sent.'),
    toMs: z.number().describe('Answered, or given up.'),
    outcome,
    mark: z.string().nullable().describe('What is wrong with this one, in a few words; null with the others.'),
  })
  .describe('A request from its sending to its answer.');

const leftOut = z.number().describe('How many more requests there were than are drawn.');

const windowPicture = z
  .strictObject({
    kind: z.literal('window'),
    ...common,
    window: z.strictObject({ fromMs: z.number(), toMs: z.number(), label: z.string() }),
    allowed: nullable.describe('Admitted within the window at most; null if it is not one number.'),
    counted: z.number().describe('Admitted within it, or, at a wrong refusal, counted at most before it.'),
    requests: z.array(request).max(maxBars),
    leftOut,
  })
  .describe('The span of time that decided on a limiter.');

const settled = z.strictObject({
  cycle: z.number(),
  atSeconds: z.number(),
  bytes: z.number(),
  isWarmUp: z.boolean(),
});

const growthPicture = z
  .strictObject({
    kind: z.literal('growth'),
    ...common,
    process: z.string(),
    figure: z.enum(['rss', 'heap']).describe('What was judged.'),
    isLeak: z.boolean(),
    points: z.array(settled).max(maxPoints),
    line: z
      .strictObject({ fromCycle: z.number(), fromBytes: z.number(), toCycle: z.number(), toBytes: z.number() })
      .describe('The fitted line, after warm-up.'),
    perCycle: z
      .strictObject({ bytes: z.number(), low: z.number(), high: z.number() })
      .describe('Its slope, with its 95% interval.'),
  })
  .describe('Settled memory of one process after each load/settle cycle.');

const signalPicture = z
  .strictObject({
    kind: z.literal('signal'),
    ...common,
    scenario: z.string(),
    signal: z.string().describe('Its id, as its requests carried it.'),
    requests: z.array(request).max(maxBars),
    leftOut,
    processed: nullable.describe('How often; null if nothing was read back.'),
    effects: z
      .array(z.strictObject({ fromMs: nullable, toMs: z.number() }))
      .max(2)
      .describe(
        'When the first one and the last one were, between these; fromMs null: at any time before. Empty if not told.',
      ),
    ttl: z
      .strictObject({ fromMs: z.number(), toMs: z.number() })
      .nullable()
      .describe('How long its first request had to be remembered.'),
  })
  .describe('The life of one signal.');

const points = z.strictObject({ ms: z.array(z.number()).max(maxPoints), values: z.array(nullable).max(maxPoints) });

const endPicture = z
  .strictObject({
    kind: z.literal('end'),
    ...common,
    process: z.string(),
    lastSeenMs: z.number().describe('Of the last sample with it.'),
    fromMs: z.number().describe('Where the picture begins.'),
    memoryBytes: points,
    memoryFigure: z.enum(['rss', 'pss']),
    cpuPercent: points.describe('Of one core.'),
    inFlight: points.describe('Requests of the load that were under way.'),
    log: z.array(z.string()).max(6).describe('The lines of the log at its end.'),
  })
  .describe('The last minute of a process.');

const slowestPicture = z
  .strictObject({
    kind: z.literal('slowest'),
    ...common,
    warnMs: z.number(),
    failMs: z.number(),
    requests: z
      .array(z.strictObject({ id: z.string(), scenario: z.string(), atSeconds: z.number(), ms: z.number(), outcome }))
      .max(20),
  })
  .describe('The slowest requests against what was allowed.');

/** Evidence of a finding, to be drawn. */
export const picture = z.discriminatedUnion('kind', [
  windowPicture,
  growthPicture,
  signalPicture,
  endPicture,
  slowestPicture,
]);

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

export type Picture = DeepReadonly<z.infer<typeof picture>>;
export type WindowPicture = Extract<Picture, { readonly kind: 'window' }>;
export type GrowthPicture = Extract<Picture, { readonly kind: 'growth' }>;
export type SignalPicture = Extract<Picture, { readonly kind: 'signal' }>;
export type EndPicture = Extract<Picture, { readonly kind: 'end' }>;
export type SlowestPicture = Extract<Picture, { readonly kind: 'slowest' }>;
export type DrawnRequest = WindowPicture['requests'][number];
export type Points = EndPicture['memoryBytes'];
