import type { AlertLine, ProcessSample, ServerIdentityLine } from '../../contract/journal/journal.ts';
import { alertLine, processRoles, sampleOfServer, serverIdentity } from '../../contract/journal/monitor-lines.ts';
import { AlertLog } from './alert-log.ts';
import { type Fields, fieldsOf, textIn } from './fields.ts';
import { readJournalFile } from './journal-file.ts';
import { MetricsLooks, type MetricsTimeline } from './metrics-looks.ts';
import type { NdjsonEnd } from './ndjson.ts';
import { type Samples, ServerSamples } from './server-samples.ts';
import { StoreLines, type StoreTimeline } from './store-lines.ts';

/** What monitors/<id>.ndjson says, in order of time. */
export interface ServerTimeline {
  readonly identity: ServerIdentityLine;
  readonly samples: Samples;
  readonly alerts: readonly AlertLine[];
  /** How many more alerts there are than `alerts` holds. */
  readonly alertsLeftOut: number;
  readonly stores: StoreTimeline;
  readonly metrics: MetricsTimeline;
}

/** Decodes monitors/<id>.ndjson. `server` is null if no identity line is in it. */
export function readServer(
  path: string,
  runId: string | null,
): { readonly server: ServerTimeline | null; readonly end: NdjsonEnd } {
  const samples = new ServerSamples();
  const alerts = new AlertLog();
  const stores = new StoreLines();
  const metrics = new MetricsLooks();
  let found: ServerIdentityLine | null = null;

  const end = readJournalFile(path, { format: 'server', runId }, (line) => {
    if ('alert' in line) {
      const parsed = alertLine.safeParse(line);
      if (parsed.success) alerts.add(parsed.data);
      return parsed.success ? null : 'an alert of another shape';
    }
    if ('store' in line || 'trouble' in line) return stores.add(line);
    if ('metrics' in line) return metrics.add(line);
    if ('processes' in line) return takeSample(line, samples);
    const parsed = serverIdentity.safeParse(line);
    if (parsed.success) found = parsed.data;
    return parsed.success ? null : 'a line of no known shape';
  });
  if (found === null) return { server: null, end };
  const kept = { alerts: alerts.kept, alertsLeftOut: alerts.leftOut };
  return { server: { identity: found, samples, ...kept, stores, metrics }, end };
}

function takeSample(line: Fields, samples: ServerSamples): string | null {
  const parsed = sampleOfServer.safeParse(line);
  const processes = processesIn(line.processes);
  if (!parsed.success) return `a sample of another shape (${parsed.error.issues[0]?.path.join('.') ?? ''})`;
  if (processes === null) return 'a sample of another shape (processes)';
  samples.add({ ...parsed.data, processes });
  return null;
}

/** The processes of a sample; null if they have another shape. By hand, for a day has fifty million: a test compares. */
export function processesIn(value: unknown): readonly ProcessSample[] | null {
  if (!Array.isArray(value)) return null;
  const found: ProcessSample[] = [];
  for (const each of value as readonly unknown[]) {
    const fields = fieldsOf(each);
    const process = fields === null ? null : processIn(fields);
    if (process === null) return null;
    found.push(process);
  }
  return found;
}

function processIn(fields: Fields): ProcessSample | null {
  const { pid, parentPid, startTicks, role, cpuPercent, rssBytes, pssBytes, threads, fileDescriptors } = fields;
  const label = textIn(fields, 'label');
  if (!isNumber(pid) || !isNumber(parentPid) || !isNumber(startTicks) || !isRole(role) || label === null) return null;
  if (!isFigure(cpuPercent) || !isFigure(rssBytes) || !isFigure(pssBytes)) return null;
  if (!isFigure(threads) || !isFigure(fileDescriptors)) return null;
  const process = { pid, parentPid, startTicks, role, label, cpuPercent, rssBytes, pssBytes, threads, fileDescriptors };
  const { cores, mainThreadPercent, busiestThreadPercent, maxDescriptors, connections } = fields;
  if (!isKnownOrAbsent(cores) || !isKnownOrAbsent(mainThreadPercent) || !isKnownOrAbsent(busiestThreadPercent)) {
    return null;
  }
  if (!isKnownOrAbsent(maxDescriptors) || !isKnownOrAbsent(connections)) return null;
  return {
    ...process,
    ...(cores === undefined ? {} : { cores }),
    ...(mainThreadPercent === undefined ? {} : { mainThreadPercent }),
    ...(busiestThreadPercent === undefined ? {} : { busiestThreadPercent }),
    ...(maxDescriptors === undefined ? {} : { maxDescriptors }),
    ...(connections === undefined ? {} : { connections }),
  };
}

const knownRoles: ReadonlySet<unknown> = new Set(processRoles);
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isFigure = (value: unknown): value is number | null => value === null || isNumber(value);
const isKnownOrAbsent = (value: unknown): value is number | undefined => value === undefined || isNumber(value);
const isRole = (value: unknown): value is ProcessSample['role'] => knownRoles.has(value);
