import * as z from 'zod';
import { scenarioName } from './scenario-name.ts';

// What the agent beside a k6 elsewhere (`webhook-stress generator`) tells the runner, and what it is told.

export const generatorService = {
  hello: '/hello',
  clock: '/clock',
  target: '/target',
  start: '/start',
  state: '/state',
  signal: '/signal',
  files: '/files',
  /** A file's path in the journal follows. */
  file: '/file/',
  /** A path of k6's REST API follows: `v1/status`, `v1/setup`, `v1/teardown`. */
  k6: '/k6/',
  leave: '/leave',
} as const;

/** Between the runner and the agent stands the API server of Kubernetes, which takes `Authorization` for itself. */
export const generatorTokenHeader = 'x-webhook-stress-token';

/** Of what is sent to an agent: the bundle of an own scenario carries its source map. */
export const maxRequestBytes = 32 << 20;

const format = z.literal('webhook-stress/generator');

export const helloAnswer = z.object({
  format,
  id: z.string(),
  versions: z.object({ webhookStress: z.string(), node: z.string(), k6: z.string() }),
  k6Build: z.enum(['project', 'stock']),
});
export type HelloAnswer = Readonly<z.infer<typeof helloAnswer>>;

export const clockAnswer = z.object({
  format,
  nowUs: z.number(),
  /** By which its files are written. On the runner's machine its clock is the runner's but for the pair. */
  clock: z.object({ wallUs: z.number(), monotonicUs: z.number() }),
  bootId: z.string().optional(),
  timeNamespace: z.string().optional(),
});
export type ClockAnswer = Readonly<z.infer<typeof clockAnswer>>;

export const targetRequest = z.object({ baseUrl: z.string(), allowHosts: z.array(z.string()) });
/** How the pod sees the server; `problem` in words if it must not, or cannot, be loaded from there. */
export const targetAnswer = z.object({
  address: z.string(),
  hostIsAllowed: z.boolean(),
  remark: z.string().nullable(),
  problem: z.string().nullable(),
});
export type TargetAnswer = Readonly<z.infer<typeof targetAnswer>>;

const part = z.object({
  number: z.int().min(1).max(10_000),
  segment: z.string().regex(/^[0-9/:]{1,40}$/),
  sequence: z.string().regex(/^[0-9/,]{1,100000}$/),
});

export const startRequest = z.object({
  runId: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/),
  scenario: scenarioName,
  /** Its text: what the image has may be of another version. */
  script: z.string(),
  plan: z.string().nullable(),
  variables: z.record(z.string(), z.string()),
  part,
});
export type StartRequest = Readonly<z.infer<typeof startRequest>>;

export const signalRequest = z.object({ signal: z.enum(['SIGINT', 'SIGKILL']) });

const exceptions = z.object({
  phase: z.string().nullable(),
  message: z.string(),
  place: z.string().nullable(),
  count: z.number(),
});

/** How k6 fares with the scenario that was started last. */
export const stateAnswer = z.object({
  scenario: z.string().nullable(),
  exit: z.object({ code: z.number().nullable(), signal: z.string().nullable() }).nullable(),
  errors: z.array(z.string()),
  exceptions: z.array(exceptions),
  /** Files of the journal that could not be written, and why. */
  unwritable: z.array(z.object({ file: z.string(), refusal: z.string() })),
});
export type StateAnswer = Readonly<z.infer<typeof stateAnswer>>;

export const filesAnswer = z.object({
  files: z.array(
    z.object({
      /** `k6-1/burst.log` */
      path: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\/[A-Za-z0-9][A-Za-z0-9._-]*$/),
      bytes: z.number(),
      /** Of the whole file; null while k6 may write to it. */
      sha256: z.string().nullable(),
    }),
  ),
});
export type FilesAnswer = Readonly<z.infer<typeof filesAnswer>>;
