import type { ProcessFigures, Runtime } from '../../contract/journal/journal.ts';
import { type PageSample, samplesIn } from './exposition.ts';
import { type Figure, runtimeNames, wantedNames, waysTo } from './figure-names.ts';

/** Labels by which a page that lists several processes tells them apart. */
const processLabels = ['pid', 'worker', 'worker_id', 'process', 'process_id'] as const;
const maxProcesses = 64;

/** What a metrics page says of each of its processes; none if no line of it is known. */
export function processFiguresIn(page: string): readonly ProcessFigures[] {
  const byProcess = new Map<string | null, PageSample[]>();
  for (const sample of samplesIn(page, (name) => wantedNames.has(name))) {
    const key = processOf(sample);
    const samples = byProcess.get(key);
    if (samples !== undefined) samples.push(sample);
    else if (byProcess.size < maxProcesses) byProcess.set(key, [sample]);
  }
  const found = [...byProcess].map(([process, samples]) => figuresOf(process, samples));
  return found.filter(({ heapBytes, liveBytes, residentBytes, cpuSeconds }) =>
    [heapBytes, liveBytes, residentBytes, cpuSeconds].some((figure) => figure !== null),
  );
}

function processOf({ labels }: PageSample): string | null {
  const label = processLabels.find((name) => labels.has(name));
  return label === undefined
    ? null
    : (labels
        .get(label)
        ?.replace(/[^\w.:-]/g, '_')
        .slice(0, 64) ?? null);
}

function figuresOf(process: string | null, samples: readonly PageSample[]): ProcessFigures {
  const byName = new Map<string, PageSample[]>();
  for (const sample of samples) byName.set(sample.name, [...(byName.get(sample.name) ?? []), sample]);
  const figure = (name: Figure): number | null => figureIn(byName, name)?.value ?? null;
  const live = figure('liveBytes');
  return {
    process,
    startedAt: figure('startedAt'),
    runtime: runtimeOf(byName),
    heapBytes: figure('heapBytes'),
    // 0 until there was a collection.
    liveBytes: live === 0 ? null : live,
    heldBytes: figure('heldBytes'),
    codeBytes: figure('codeBytes'),
    collections: figure('collections'),
    residentBytes: figure('residentBytes'),
    cpuSeconds: figure('cpuSeconds'),
    fileDescriptors: figure('fileDescriptors'),
    maxFileDescriptors: figure('maxFileDescriptors'),
    threads: figure('threads'),
    goroutines: figure('goroutines'),
  };
}

type ByName = ReadonlyMap<string, readonly PageSample[]>;

function runtimeOf(byName: ByName): Runtime | null {
  for (const [name, runtime] of Object.entries(runtimeNames)) if (byName.has(name)) return runtime;
  return (['heapBytes', 'liveBytes', 'collections'] as const)
    .map((name) => figureIn(byName, name)?.runtime ?? null)
    .reduce((first, runtime) => first ?? runtime, null);
}

/** A figure by the first way to it that the page has. */
function figureIn(byName: ByName, figure: Figure): { readonly runtime: Runtime | null; readonly value: number } | null {
  for (const { runtime, parts } of waysTo[figure]) {
    const values = parts.map(({ name, where, isTakenOff = false }) =>
      (byName.get(name) ?? []).flatMap(({ labels, value }) =>
        where === undefined || where[1].test(labels.get(where[0]) ?? '') ? [isTakenOff ? -value : value] : [],
      ),
    );
    if ((values[0]?.length ?? 0) === 0) continue;
    return { runtime, value: values.flat().reduce((sum, value) => sum + value, 0) };
  }
  return null;
}
