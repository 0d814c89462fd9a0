import { z } from 'zod';
import {
  type AlertLine,
  alertKinds,
  processRoles,
  type ServerIdentityLine,
  type ServerSampleLine,
} from '../../contract/journal/journal.ts';
import { fieldsOf } from './fields.ts';
import { headerProblem } from './header.ts';
import { type NdjsonEnd, readNdjson } from './ndjson.ts';

/** What server.ndjson says, in order of time. */
export interface ServerTimeline {
  readonly identity: ServerIdentityLine;
  readonly samples: readonly ServerSampleLine[];
  readonly alerts: readonly AlertLine[];
}

const nullableNumber = z.number().nullable();

const probe = z
  .discriminatedUnion('state', [
    z.object({ state: z.literal('ok'), latencyMs: z.number(), numbers: z.record(z.string(), z.number()) }),
    z.object({ state: z.literal('unavailable') }),
    z.object({ state: z.literal('failed'), latencyMs: z.number(), reason: z.string() }),
  ])
  .nullable();

const sample = z.object({
  atUs: z.number(),
  processes: z.array(
    z.object({
      pid: z.number(),
      parentPid: z.number(),
      startTicks: z.number(),
      role: z.enum(processRoles),
      label: z.string(),
      cpuPercent: nullableNumber,
      rssBytes: nullableNumber,
      pssBytes: nullableNumber,
      threads: nullableNumber,
      fileDescriptors: nullableNumber,
    }),
  ),
  sockets: z
    .object({
      established: z.number(),
      listen: z.number(),
      timeWait: z.number(),
      closeWait: z.number(),
      other: z.number(),
    })
    .nullable(),
  oomKills: nullableNumber,
  machineCpuPercent: nullableNumber,
  health: probe,
  redis: probe,
  database: probe,
});

const identity = z.object({
  bootId: z.string().nullable(),
  rootPid: z.number(),
  cores: z.number(),
  intervalMs: z.number(),
  memorySource: z.enum(['pss', 'rss']),
});

const alert = z.object({
  atUs: z.number(),
  alert: z.enum(alertKinds),
  message: z.string(),
  pid: z.number().exactOptional(),
  startTicks: z.number().exactOptional(),
  role: z.enum(processRoles).exactOptional(),
});

/** Decodes server.ndjson. Shapes: ServerLine in contract/journal/journal.ts. `server` is null where no identity line is in it. */
export function readServer(
  path: string,
  runId: string | null,
): { readonly server: ServerTimeline | null; readonly end: NdjsonEnd } {
  const samples: ServerSampleLine[] = [];
  const alerts: AlertLine[] = [];
  let found: ServerIdentityLine | null = null;

  const end = readNdjson(
    path,
    (value) => headerProblem(value, 'server', runId),
    (value) => {
      const line = fieldsOf(value);
      if (line === null) return 'not an object';
      if ('alert' in line) {
        const parsed = alert.safeParse(value);
        if (parsed.success) alerts.push(parsed.data);
        return parsed.success ? null : 'an alert of another shape';
      }
      if ('processes' in line) {
        const parsed = sample.safeParse(value);
        if (parsed.success) samples.push(parsed.data);
        return parsed.success ? null : `a sample of another shape (${parsed.error.issues[0]?.path.join('.') ?? ''})`;
      }
      const parsed = identity.safeParse(value);
      if (parsed.success) found = parsed.data;
      return parsed.success ? null : 'a line of no known shape';
    },
  );
  return { server: found === null ? null : { identity: found, samples, alerts }, end };
}
