import type { ProcessFigures, Runtime } from '../../contract/journal/journal.ts';

/** Samples of one name, all of them or those with a label: they add up. */
interface Part {
  readonly name: string;
  readonly where?: readonly [label: string, value: RegExp];
  readonly isTakenOff?: boolean;
}

/** One way to know a figure: the sum of its parts, of which the first must be there. */
interface Way {
  readonly runtime: Runtime | null;
  readonly parts: readonly Part[];
}

export type Figure = Exclude<keyof ProcessFigures, 'process' | 'runtime'>;

const heap = ['area', /^heap$/] as const;
const heapType = ['jvm_memory_type', /^heap$/] as const;
const type = ['type', /^heap$/] as const;
const notHeap = /^non_?heap$/;
/** The pools of the JVM's collectors that hold what lives long. */
const old = /Old Gen|Tenured|Old Generation|^ZHeap|^Shenandoah|OldObj/i;
const full = /Old|MarkSweep|Major|Full|ZGC|Shenandoah|global/i;
const oldest = /^(?:gen)?2$/;

const of = (runtime: Runtime | null, ...parts: readonly (string | Part)[]): Way => ({
  runtime,
  parts: parts.map((part) => (typeof part === 'string' ? { name: part } : part)),
});

/**
 * What well-kept clients call each figure: prom-client, Go's client_golang, Micrometer, client_java, prometheus-net, Python's client, and
 * OpenTelemetry's exporters. The first way that the page has counts.
 */
export const waysTo: Readonly<Record<Figure, readonly Way[]>> = {
  startedAt: [of(null, 'process_start_time_seconds')],
  heapBytes: [
    of('node', 'nodejs_heap_size_used_bytes', 'nodejs_external_memory_bytes'),
    of('node', 'v8js_memory_heap_used_bytes'),
    of('go', 'go_memstats_heap_alloc_bytes'),
    of('go', 'go_memory_classes_heap_objects_bytes'),
    of('jvm', { name: 'jvm_memory_used_bytes', where: heap }),
    of('jvm', { name: 'jvm_memory_used_bytes', where: heapType }),
    of('jvm', { name: 'jvm_memory_bytes_used', where: heap }),
    of('jvm', { name: 'process_runtime_jvm_memory_usage_bytes', where: type }),
    // The size of a generation counts what was found dead in it only after a collection of all: see `collections`.
    of('dotnet', 'dotnet_total_memory_bytes'),
    of('dotnet', 'process_runtime_dotnet_gc_objects_size_bytes'),
    of('dotnet', 'dotnet_gc_last_collection_heap_size_bytes'),
    of('dotnet', 'process_runtime_dotnet_gc_heap_size_bytes'),
  ],
  liveBytes: [
    of('go', 'go_gc_heap_live_bytes'),
    of('jvm', 'jvm_gc_live_data_size_bytes'),
    of('jvm', { name: 'jvm_memory_pool_collection_used_bytes', where: ['pool', old] }),
    of('jvm', { name: 'jvm_memory_used_after_last_gc_bytes', where: ['jvm_memory_pool_name', old] }),
    of('jvm', { name: 'process_runtime_jvm_memory_usage_after_last_gc_bytes', where: ['pool', old] }),
  ],
  heldBytes: [
    of('node', 'nodejs_heap_size_total_bytes', 'nodejs_external_memory_bytes'),
    // Source: opentelemetry.io/docs/specs/semconv/runtime/v8js-metrics; the first is its newer name.
    of('node', 'v8js_memory_heap_space_size_bytes'),
    of('node', 'v8js_memory_heap_limit_bytes'),
    // Stacks of goroutines lie outside the heap: a goroutine that never ends must not explain itself. Nor must pages that were given back.
    of('go', 'go_memstats_heap_sys_bytes', { name: 'go_memstats_heap_released_bytes', isTakenOff: true }),
    of('go', ...['objects', 'unused', 'free'].map((state) => `go_memory_classes_heap_${state}_bytes`)),
    // Class metadata lies outside the heap: classes that are loaded again and again must not explain themselves.
    of('jvm', { name: 'jvm_memory_committed_bytes', where: heap }),
    of('jvm', { name: 'jvm_memory_committed_bytes', where: heapType }),
    of('jvm', { name: 'jvm_memory_bytes_committed', where: heap }),
    of('jvm', { name: 'process_runtime_jvm_memory_committed_bytes', where: type }),
    of('dotnet', 'dotnet_gc_last_collection_memory_committed_size_bytes'),
    of('dotnet', 'process_runtime_dotnet_gc_committed_memory_size_bytes'),
  ],
  codeBytes: [
    of('jvm', { name: 'jvm_memory_committed_bytes', where: ['area', notHeap] }),
    of('jvm', { name: 'jvm_memory_committed_bytes', where: ['jvm_memory_type', notHeap] }),
    of('jvm', { name: 'jvm_memory_bytes_committed', where: ['area', notHeap] }),
    of('jvm', { name: 'process_runtime_jvm_memory_committed_bytes', where: ['type', notHeap] }),
  ],
  collections: [
    of('node', { name: 'nodejs_gc_duration_seconds_count', where: ['kind', /^major$/] }),
    of('go', 'go_gc_cycles_total_gc_cycles_total'),
    of('go', 'go_gc_duration_seconds_count'),
    of('jvm', { name: 'jvm_gc_collection_seconds_count', where: ['gc', full] }),
    of('dotnet', { name: 'dotnet_collection_count_total', where: ['generation', oldest] }),
    of('dotnet', { name: 'dotnet_gc_collections_total', where: ['gc_heap_generation', oldest] }),
    of('dotnet', { name: 'process_runtime_dotnet_gc_collections_count_total', where: ['generation', oldest] }),
    of('python', { name: 'python_gc_collections_total', where: ['generation', oldest] }),
  ],
  residentBytes: [of(null, 'process_resident_memory_bytes'), of('dotnet', 'process_working_set_bytes')],
  cpuSeconds: [of(null, 'process_cpu_seconds_total')],
  fileDescriptors: [of(null, 'process_open_fds'), of(null, 'process_files_open_files')],
  maxFileDescriptors: [of(null, 'process_max_fds'), of(null, 'process_files_max_files')],
  goroutines: [of('go', 'go_goroutines'), of('go', 'go_goroutine_count'), of('go', 'process_runtime_go_goroutines')],
  threads: [
    of('go', 'go_threads'),
    of('jvm', 'jvm_threads_current'),
    of('jvm', 'jvm_threads_live_threads'),
    of('dotnet', 'process_num_threads'),
    of(null, 'process_threads'),
  ],
};

/** Names that tell the runtime alone. */
export const runtimeNames: Readonly<Record<string, Runtime>> = {
  nodejs_version_info: 'node',
  go_info: 'go',
  jvm_info: 'jvm',
  jvm_runtime_info: 'jvm',
  python_info: 'python',
};

export const wantedNames: ReadonlySet<string> = new Set([
  ...Object.keys(runtimeNames),
  ...Object.values(waysTo).flatMap((ways) => ways.flatMap(({ parts }) => parts.map(({ name }) => name))),
]);
