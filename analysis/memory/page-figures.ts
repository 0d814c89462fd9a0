import type { ProcessFigures, Runtime } from '../../contract/journal/journal.ts';
import type { MetricsTimeline } from '../journal/metrics-looks.ts';
import { counted } from '../words.ts';

interface Wanted {
  /** One of these is enough. */
  readonly of: readonly (keyof ProcessFigures)[];
  readonly what: string;
  /** How the usual client of a runtime calls it. */
  readonly names: Readonly<Partial<Record<Runtime, string>>>;
}

/** What a verdict on the heap reads. Source of the names: monitor/metrics/figure-names.ts. */
const wanted: readonly Wanted[] = [
  {
    of: ['heapBytes', 'liveBytes'],
    what: 'the heap in use',
    names: {
      ...{ node: 'nodejs_heap_size_used_bytes', go: 'go_memstats_heap_alloc_bytes' },
      ...{ jvm: 'jvm_memory_used_bytes', dotnet: 'dotnet_total_memory_bytes' },
    },
  },
  {
    of: ['heldBytes'],
    what: 'what the runtime has of the system',
    names: {
      ...{ node: 'nodejs_heap_size_total_bytes', go: 'go_memstats_heap_sys_bytes' },
      ...{ jvm: 'jvm_memory_committed_bytes', dotnet: 'dotnet_gc_last_collection_memory_committed_size_bytes' },
    },
  },
  {
    of: ['collections', 'liveBytes'],
    what: 'how often the whole heap was collected',
    names: {
      ...{ node: 'nodejs_gc_duration_seconds_count', go: 'go_gc_duration_seconds_count' },
      ...{ jvm: 'jvm_gc_collection_seconds_count', dotnet: 'dotnet_collection_count_total' },
    },
  },
];

/** How the usual client of a runtime calls what it has of the system; null if none tells it. */
export const heldFigure = (runtime: Runtime | null): string | null =>
  (runtime === null ? undefined : wanted.find(({ of }) => of.includes('heldBytes'))?.names[runtime]) ?? null;

/** The figures of a runtime's heap that no look at the page had, in words. */
export function missingFigures({ looks }: Pick<MetricsTimeline, 'looks'>): readonly string[] {
  const all = looks.flatMap(({ processes }) => processes);
  const runtime = all.find((figures) => figures.runtime !== null)?.runtime ?? null;
  return wanted
    .filter(({ of }) => all.every((figures) => of.every((name) => figures[name] === null)))
    .map(({ what, names }) => {
      const name = runtime === null ? undefined : names[runtime];
      return name === undefined ? what : `${what} (${name})`;
    });
}

const collect = 'monitoring.collect to a request that collects garbage';

const unseen =
  'see that the request collects the whole heap before it is answered (on a JVM -XX:+DisableExplicitGC and -XX:+ExplicitGCInvokesConcurrent keep System.gc() from it), and that the page tells how often that was done';

/** What to do about garbage that may be a leak, by what the metrics page has told already, and whether the run asks for collections. */
export function howToTell(
  { looks, failures }: Pick<MetricsTimeline, 'looks' | 'failures'>,
  isCollectSet: boolean,
): string {
  const why = 'to tell a leak from a collector that has not run:';
  const [failed] = failures;
  if (looks.length === 0 && failed !== undefined) {
    const reason = failed.code === null ? failed.failure : `${failed.failure} ${failed.code}`;
    return `${why} mend monitoring.metrics, for none of ${counted(failures.length, 'look')} at that page told anything (${reason})${isCollectSet ? '' : `, or set ${collect}`}`;
  }
  if (looks.length === 0) {
    const page = "set monitoring.metrics in the profile to the server's Prometheus page";
    return isCollectSet
      ? `${why} ${page}, and see why monitoring.collect was not answered in most of the rests`
      : `${why} ${page}, or ${collect}`;
  }
  const missing = missingFigures({ looks });
  const read = `the metrics page was read ${counted(looks.length, 'time')}`;
  if (isCollectSet)
    return `${why} ${read}, and it shows too few of the collections that monitoring.collect asks for: ${unseen}`;
  return missing.length > 0
    ? `${why} ${read} and lacks ${missing.join(', ')}: let it tell that, or set ${collect}`
    : `${why} ${read} and has what is needed, but its heap was collected too seldom or is too unsteady: set ${collect}, or run longer (SIZE=thorough)`;
}
