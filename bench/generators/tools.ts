import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What a generator is asked to do. */
export interface Load {
  readonly url: string;
  /** Requests a second, or null: as many as it can. */
  readonly rate: number | null;
  readonly seconds: number;
  readonly connections: number;
  /** Whether each connection sends one request only, as all of them are open. */
  readonly isOnce: boolean;
  /** For what it writes. */
  readonly folder: string;
}

export interface Started {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Tool {
  readonly name: string;
  /** What to run where it is missing, from the root of the repository. */
  readonly install: string;
  /** The program, or null where it is missing. */
  find(root: string): string | null;
  /** Null: it cannot do that. */
  start(program: string, load: Load): Started | null;
  /** Milliseconds, from what it has printed or written. */
  p99(printed: string, folder: string): number | null;
}

const signal = JSON.stringify({
  ...{ action: 'BUY', ticker: 'AAPL', quantity: 1, price: 100.1, signal_id: 'mwwc5zft6glv08-s100000' },
});
const path = '/api/v1/webhooks/bench?secret=bench';
const inTools =
  (...parts: readonly string[]) =>
  (root: string): string | null => {
    const file = join(root, '.tools', ...parts);
    return existsSync(file) ? file : null;
  };
const onPath = (name: string) => (): string | null =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file)) ?? null;

function write(folder: string, name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** A number that JSON has at these keys, or null. */
function numberAt(text: string, keys: readonly string[]): number | null {
  let value: unknown = JSON.parse(text);
  for (const key of keys) {
    value =
      typeof value === 'object' && value !== null ? Object.entries(value).find(([own]) => own === key)?.[1] : null;
  }
  return typeof value === 'number' ? value : null;
}

const k6 = inTools('k6');
const build = 'make build';
const root = join(import.meta.dirname, '..', '..');
const k6Environment = { K6_NO_USAGE_REPORT: 'true', K6_SUMMARY_TREND_STATS: 'p(99)' };

const bundle: Tool = {
  name: 'bundle',
  install: build,
  find: k6,
  start(program, { url, rate, seconds, connections, isOnce, folder }) {
    // Beyond what it reaches.
    const asked = rate ?? 40_000;
    return {
      command: [
        program,
        'run',
        '--quiet',
        '--out',
        `timeline=${folder}`,
        join(root, 'dist', isOnce ? 'burst.js' : 'sustained.js'),
      ],
      env: {
        ...{ ...k6Environment, BASE_URL: url, WEBHOOK_TOKEN: 'bench', WEBHOOK_SECRET: 'bench', MIN_LEGITIMATE: '0' },
        ...(isOnce
          ? { BURST_SIGNALS: String(connections), MAX_RATE: String(connections), LIMIT: String(2 * connections) }
          : { SUSTAINED_SECONDS: String(seconds), MAX_RATE: String(asked), LIMIT: String(Math.ceil(asked / 0.8)) }),
        STRESS_SUMMARY: join(folder, 'summary.json'),
      },
    };
  },
  p99: (_, folder) =>
    numberAt(readFileSync(join(folder, 'summary.json'), 'utf8'), ['metrics', 'http_req_duration', 'values', 'p(99)']),
};

const msOfUnit: Readonly<Record<string, number>> = { µs: 1e-3, ms: 1, s: 1000 };

function minimal(name: string, outputs: (folder: string) => readonly string[]): Tool {
  return {
    name,
    install: build,
    find: k6,
    start: (program, { url, rate, seconds, connections, isOnce, folder }) => ({
      command: [program, 'run', '--quiet', ...outputs(folder), join(root, 'bench', 'minimal.js')],
      env: {
        ...{ ...k6Environment, BASE_URL: url, BENCH_RATE: String(rate ?? 0), BENCH_SECONDS: String(seconds) },
        ...{ BENCH_VUS: String(connections), BENCH_ONCE: isOnce ? '1' : '' },
      },
    }),
    p99(printed) {
      const [, value, unit = ''] = /http_req_duration\.*: p\(99\)=([\d.]+)(µs|ms|s)/.exec(printed) ?? [];
      return value === undefined ? null : Number(value) * (msOfUnit[unit] ?? Number.NaN);
    },
  };
}

const autocannon: Tool = {
  name: 'autocannon',
  install: 'npm i --prefix .tools/autocannon autocannon@8',
  find: inTools('autocannon', 'node_modules', 'autocannon', 'autocannon.js'),
  start: (program, { url, rate, seconds, connections, isOnce }) => ({
    command: [
      ...[process.execPath, program, '--json', '--method', 'POST', '--headers', 'content-type=application/json'],
      ...['--body', signal, '--connections', String(connections)],
      ...(isOnce ? ['--amount', String(connections)] : ['--duration', String(seconds)]),
      ...(rate === null ? [] : ['--overallRate', String(rate)]),
      url + path,
    ],
  }),
  p99: (printed) => numberAt(printed, ['latency', 'p99']),
};

const vegeta: Tool = {
  name: 'vegeta',
  install: 'GOBIN=$PWD/.tools go install github.com/tsenart/vegeta/v12@latest',
  find: inTools('vegeta'),
  start(program, { url, rate, seconds, connections, isOnce, folder }) {
    const body = write(folder, 'signal.json', signal);
    const targets = write(folder, 'targets', `POST ${url}${path}\nContent-Type: application/json\n@${body}\n`);
    const pace = isOnce
      ? ['-rate', `${connections}/s`, '-duration', '1s', '-workers', String(connections)]
      : ['-rate', String(rate ?? 0), '-duration', `${seconds}s`, '-workers', String(connections)];
    const attack = [program, 'attack', '-targets', targets, ...pace, '-max-workers', String(connections)];
    return { command: [...attack, '-output', join(folder, 'results')] };
  },
  p99(_, folder) {
    const program = join(root, '.tools', 'vegeta');
    const report = execFileSync(program, ['report', '-type', 'json', join(folder, 'results')], { encoding: 'utf8' });
    const ns = numberAt(report, ['latencies', '99th']);
    return ns === null ? null : ns / 1e6;
  },
};

const wrk: Tool = {
  name: 'wrk',
  install: 'apt-get install wrk',
  find: onPath('wrk'),
  start(program, { url, rate, seconds, connections, folder }) {
    if (rate !== null) return null;
    const lines = ['wrk.method = "POST"', 'wrk.headers["Content-Type"] = "application/json"', `wrk.body = '${signal}'`];
    const script = write(folder, 'post.lua', lines.join('\n'));
    const size = ['--threads', '1', '--connections', String(connections), '--duration', `${seconds}s`];
    return { command: [program, ...size, '--latency', '--script', script, url + path] };
  },
  p99(printed) {
    const [, value, unit = ''] = /^ +99% +([\d.]+)(us|ms|s)/m.exec(printed) ?? [];
    return value === undefined ? null : Number(value) * (msOfUnit[unit.replace('us', 'µs')] ?? Number.NaN);
  },
};

export const tools: readonly Tool[] = [
  bundle,
  minimal('minimal', () => []),
  minimal('minimal, -o json', (folder) => ['--out', `json=${join(folder, 'out.json')}`]),
  autocannon,
  vegeta,
  wrk,
];
