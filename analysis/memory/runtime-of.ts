import type { FiguresAt } from '../journal/metrics-looks.ts';
import type { ServerTimeline } from '../journal/server.ts';

export type Runtime = NonNullable<FiguresAt['runtime']> | 'ruby' | 'php';

/** In a label: the executable, and what an interpreter runs, each by its base name. */
const byLabel: readonly (readonly [RegExp, Runtime])[] = [
  [/^(?:node|nodejs)\b/, 'node'],
  [/^(?:java)\b/, 'jvm'],
  [/^dotnet\b/, 'dotnet'],
  [/^(?:python|pypy|gunicorn|uvicorn|uwsgi|granian|celery)/, 'python'],
  [/^(?:ruby|puma|unicorn|rails|sidekiq)\b/, 'ruby'],
  [/^php/, 'php'],
];

const labelled = (label: string): Runtime | null => byLabel.find(([named]) => named.test(label))?.[1] ?? null;

/** What all processes that serve run on, by the metrics page or their names; null if that is not known, or differs. */
export function runtimeOf({ metrics, samples }: Pick<ServerTimeline, 'metrics' | 'samples'>): Runtime | null {
  const told = new Set(metrics.looks.flatMap(({ processes }) => processes.flatMap(({ runtime }) => runtime ?? [])));
  if (told.size > 0) return only(told);
  const [first] = samples;
  return only(
    new Set((first?.processes ?? []).flatMap(({ role, label }) => (role === 'helper' ? [] : [labelled(label)]))),
  );
}

function only<T>(all: ReadonlySet<T>): T | null {
  const [first] = all;
  return all.size === 1 && first !== undefined ? first : null;
}
