import type { ProcessSample } from '../../contract/journal/journal.ts';
import { processIdentity } from '../../contract/journal/process-identity.ts';
import type { FiguresAt } from '../journal/metrics-looks.ts';
import type { ServerTimeline } from '../journal/server.ts';

export type Runtime = NonNullable<FiguresAt['runtime']> | 'ruby' | 'php' | 'perl';

/** In a label: the executable, and what an interpreter runs, each by its base name. */
const byLabel: readonly (readonly [RegExp, Runtime])[] = [
  [/^(?:node|nodejs)\b/, 'node'],
  [/^(?:java)\b/, 'jvm'],
  [/^dotnet\b/, 'dotnet'],
  [/^(?:python|pypy|gunicorn|uvicorn|uwsgi|granian|celery)/, 'python'],
  [/^(?:ruby|puma|unicorn|rails|sidekiq)\b/, 'ruby'],
  [/^php/, 'php'],
  [/^(?:perl|hypnotoad|starman|plackup)|^\S+\.(?:pl|psgi)\b/, 'perl'],
];

const labelled = (label: string): Runtime | null => byLabel.find(([named]) => named.test(label))?.[1] ?? null;

/**
 * Runtimes that free memory as its last reference goes, and have no collector that garbage waits for. Python, PHP and Ruby have one, Python
 * and PHP for cycles. Source: perldoc perlref, "Circular References": what refers to itself is never freed.
 */
const withoutCollector: ReadonlyMap<Runtime, string> = new Map([['perl', 'Perl']]);

/** What a process runs on, by its name, or the file of its program where it calls itself otherwise; null if neither tells. */
function runtimeOfProcess(
  process: Pick<ProcessSample, 'pid' | 'startTicks' | 'label'>,
  { metrics }: Pick<ServerTimeline, 'metrics'>,
): Runtime | null {
  const ofName = labelled(process.label);
  if (ofName !== null) return ofName;
  const key = processIdentity(process);
  const seen = metrics.collectors.find((line) => processIdentity(line) === key);
  return labelled(seen?.executable ?? '');
}

/** The name of the runtime of a process that leaves no garbage; null if it has a collector, or is not known. */
export function countsReferences(
  process: Pick<ProcessSample, 'pid' | 'startTicks' | 'label'>,
  server: Pick<ServerTimeline, 'metrics'>,
): string | null {
  const runtime = runtimeOfProcess(process, server);
  return runtime === null ? null : (withoutCollector.get(runtime) ?? null);
}

/** What all processes that serve run on, by the metrics page or their names; null if that is not known, or differs. */
export function runtimeOf({ metrics, samples }: Pick<ServerTimeline, 'metrics' | 'samples'>): Runtime | null {
  const told = new Set(metrics.looks.flatMap(({ processes }) => processes.flatMap(({ runtime }) => runtime ?? [])));
  if (told.size > 0) return only(told);
  const [first] = samples;
  return only(
    new Set(
      (first?.processes ?? []).flatMap((process) =>
        process.role === 'helper' ? [] : [runtimeOfProcess(process, { metrics })],
      ),
    ),
  );
}

function only<T>(all: ReadonlySet<T>): T | null {
  const [first] = all;
  return all.size === 1 && first !== undefined ? first : null;
}
