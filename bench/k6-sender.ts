import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { type K6Cost, k6Cost, root, startSink } from './k6-run.ts';
import { against, meanOf, type PairedRatio, ratioOf } from './paired.ts';
import { type Figure, writeResult } from './result-file.ts';

// CPU per request of the bundle of sustained with all its evidence (timeline, ledger, classification) against the smallest k6
// script that sends the same, on the same k6, and the CPU that a VU takes to start.
//
//   node --import tsx bench/k6-sender.ts [BLOCKS] [SHORT,LONG]
//
// A block is A B B A. The cost of start and end drops out: each measurement is a run of LONG seconds minus one of SHORT. Blocks
// are kept in .tools/bench-k6-sender.ndjson, so a bench that was stopped goes on; FRESH=1 begins anew. BLOCKS is how many more.

const blocks = Number(process.argv[2] ?? 10);
const [short = 3, long = 13] = (process.argv[3] ?? '').split(',').filter(Boolean).map(Number);
const rates = [1000, 4000] as const;
const bar = 0.35;
const startBarMs = 2;
const kept = join(root, '.tools', 'bench-k6-sender.ndjson');
if (process.env.FRESH) rmSync(kept, { force: true });

const block = z.object({
  rate: z.number(),
  minimalUs: z.number(),
  oursUs: z.number(),
  dropped: z.number(),
  minimalDropped: z.number(),
  startMs: z.number(),
});
type Block = z.infer<typeof block>;

const folder = mkdtempSync(join(tmpdir(), 'bench-k6-'));
const sink = await startSink();
const given = { BASE_URL: `http://127.0.0.1:${sink.port}`, WEBHOOK_TOKEN: 'bench', WEBHOOK_SECRET: 'bench' };
let journals = 0;
const dropped = { ours: 0, minimal: 0 };

async function minimal(rate: number, seconds: number): Promise<K6Cost> {
  const env = { ...given, BENCH_RATE: String(rate), BENCH_SECONDS: String(seconds), BENCH_VUS: String(rate / 10) };
  const cost = await k6Cost('bench/minimal.js', env, []);
  dropped.minimal += cost.dropped;
  return cost;
}

async function ours(rate: number, seconds: number): Promise<K6Cost> {
  const env = { ...given, LIMIT: String(rate / 0.8), MAX_RATE: String(rate), SUSTAINED_SECONDS: String(seconds) };
  journals += 1;
  const journal = join(folder, String(journals));
  const cost = await k6Cost('dist/sustained.js', env, ['--out', `timeline=${journal}`]);
  rmSync(journal, { recursive: true });
  dropped.ours += cost.dropped;
  return cost;
}

/** Microseconds of CPU for one more request. */
async function marginalUs(measure: typeof ours, rate: number): Promise<number> {
  const [a, b] = [await measure(rate, short), await measure(rate, long)];
  return ((b.cpuSeconds - a.cpuSeconds) * 1e6) / (b.requests - a.requests);
}

/** Milliseconds of CPU for one more VU. */
async function startMs(): Promise<number> {
  const [few, many] = [10, 1000];
  const cost = async (vus: number): Promise<number> =>
    (await k6Cost('bench/started-vus.js', { ...given, BENCH_VUS: String(vus) }, [])).cpuSeconds;
  return ((await cost(many)) - (await cost(few))) * (1000 / (many - few));
}

async function measureBlock(rate: number): Promise<Block> {
  Object.assign(dropped, { ours: 0, minimal: 0 });
  const a1 = await marginalUs(minimal, rate);
  const b1 = await marginalUs(ours, rate);
  const b2 = await marginalUs(ours, rate);
  const a2 = await marginalUs(minimal, rate);
  const drops = { dropped: dropped.ours, minimalDropped: dropped.minimal };
  return { rate, minimalUs: (a1 + a2) / 2, oursUs: (b1 + b2) / 2, ...drops, startMs: await startMs() };
}

for (let n = 1; n <= blocks; n += 1) {
  for (const rate of rates) {
    const measured = await measureBlock(rate);
    appendFileSync(kept, `${JSON.stringify(measured)}\n`);
    process.stderr.write(`${JSON.stringify(measured)} ${(measured.oursUs / measured.minimalUs).toFixed(3)}\n`);
  }
}
rmSync(folder, { recursive: true });
sink.stop();

const all: readonly Block[] = (existsSync(kept) ? readFileSync(kept, 'utf8').trim().split('\n') : []).map((line) =>
  block.parse(JSON.parse(line)),
);

function ofRate(rate: number): Figure[] {
  const own = all.filter((one) => one.rate === rate);
  const paired: PairedRatio = ratioOf(
    own.map(({ minimalUs }) => minimalUs),
    own.map(({ oursUs }) => oursUs),
  );
  const absolute = (name: string, values: readonly number[]): Figure => {
    const { mean, low, high } = meanOf(values);
    const spread = `95% interval ${low.toFixed(1)}–${high.toFixed(1)}`;
    return { name: `${name}, ${rate}/s`, unit: 'µs per request', value: mean, spread, bar: '–', verdict: 'no bar' };
  };
  const lost = own.reduce((sum, one) => sum + one.dropped, 0);
  const lostByMinimal = own.reduce((sum, one) => sum + one.minimalDropped, 0);
  return [
    absolute('minimal k6 script', paired.a),
    absolute('`sustained` with evidence', paired.b),
    {
      name: `evidence over minimal script, ${rate}/s`,
      unit: '×',
      value: paired.ratio,
      spread: `95% interval ${paired.low.toFixed(3)}–${paired.high.toFixed(3)} in ${paired.blocks} blocks`,
      bar: `≤ ${bar}`,
      verdict: against(paired.low, paired.high, bar),
    },
    {
      name: `dropped iterations, ${rate}/s`,
      unit: 'in all blocks',
      value: lost,
      spread: `the minimal script: ${lostByMinimal}`,
      bar: '0',
      verdict: lost === 0 ? 'met' : 'not met',
    },
  ];
}

const start = meanOf(all.map((one) => one.startMs));
writeResult('k6-sender', {
  title: 'CPU of k6 per request, with evidence',
  how: `The bundle of sustained with timeline and ledger against bench/minimal.js (an \`http.post\` of the same body), both by the project's k6 against a server that accepts everything at once. CPU is user and system time of k6, of a run of ${long} s minus one of ${short} s. A VU that starts runs the top of the bundle in an engine of its own; bench/results/vu-start.pprof.txt shows where its time goes: the objects of functions and tables, and collecting them. Phases that the plan sends by itself start no VU.`,
  figures: [
    ...rates.flatMap(ofRate),
    {
      name: 'start of a VU',
      unit: 'ms',
      value: start.mean,
      spread: `95% interval ${start.low.toFixed(2)}–${start.high.toFixed(2)}`,
      bar: `≤ ${startBarMs} ms`,
      verdict: against(start.low, start.high, startBarMs),
    },
  ],
});
