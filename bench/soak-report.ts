import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Figure, writeResult } from './result-file.ts';
import { type SoakShape, writeSoakJournal } from './soak-journal.ts';

// Time and peak memory of `webhook-stress report` over journals of soak. Goes on where it was stopped; FRESH=1 begins anew.

const root = join(import.meta.dirname, '..');
const runsFile = join(import.meta.dirname, 'results', 'soak-runs.ndjson');

const shapes: readonly SoakShape[] = [
  { hours: 1, perSecond: 1000, generators: 4 },
  { hours: 6, perSecond: 200, generators: 1 },
  { hours: 12, perSecond: 200, generators: 1 },
  { hours: 24, perSecond: 200, generators: 1 },
];

interface Measured extends SoakShape {
  readonly requests: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

function measured(): readonly Measured[] {
  if (!existsSync(runsFile)) return [];
  return readFileSync(runsFile, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

const isOf = (a: SoakShape, b: SoakShape): boolean =>
  a.hours === b.hours && a.perSecond === b.perSecond && a.generators === b.generators;

/** Wall and CPU seconds and peak resident bytes of one report, as /usr/bin/time would tell them. */
async function reportOnce(folder: string): Promise<Pick<Measured, 'seconds' | 'cpuSeconds' | 'peakBytes'>> {
  const script = `import resource,subprocess,sys,time
t=time.monotonic(); code=subprocess.call(sys.argv[1:],stdout=subprocess.DEVNULL)
used=resource.getrusage(resource.RUSAGE_CHILDREN)
print(time.monotonic()-t, used.ru_utime+used.ru_stime, used.ru_maxrss*1024, code)`;
  const program = join(root, 'dist', 'cli', 'webhook-stress.js');
  const child = spawn('python3', ['-c', script, process.execPath, program, 'report', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (data: Buffer) => {
    text += data.toString();
  });
  await once(child, 'close');
  const [seconds = 0, cpuSeconds = 0, peakBytes = 0, code = -1] = text.trim().split(' ').map(Number);
  if (code !== 0) throw new Error(`report ended with ${code}, a pass was expected`);
  return { seconds, cpuSeconds, peakBytes };
}

async function measure(shape: SoakShape): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-soak-'));
  try {
    process.stderr.write(`${shape.hours} h at ${shape.perSecond}/s from ${shape.generators}: writing the journal …\n`);
    const requests = writeSoakJournal(folder, shape);
    const seen = { ...shape, requests, ...(await reportOnce(folder)) };
    process.stderr.write(
      `${requests} requests: ${seen.seconds.toFixed(1)} s, ${(seen.peakBytes / 1e6).toFixed(0)} MB\n`,
    );
    appendFileSync(runsFile, `${JSON.stringify(seen)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.env.FRESH === '1') rmSync(runsFile, { force: true });
for (const shape of shapes) if (!measured().some((one) => isOf(one, shape))) await measure(shape);

const runs = shapes.flatMap((shape) => measured().find((one) => isOf(one, shape)) ?? []);
const maxMegabytes = 300;
const figures = runs.flatMap(({ hours, perSecond, generators, ...seen }): readonly Figure[] => {
  const { requests, seconds, cpuSeconds, peakBytes } = seen;
  const what = `${hours} h at ${perSecond}/s from ${generators} generator${generators === 1 ? '' : 's'}`;
  const megabytes = peakBytes / 1e6;
  const spread = `${requests} requests`;
  return [
    {
      name: `peak memory, ${what}`,
      unit: 'MB',
      value: megabytes,
      spread,
      bar: `≤ ${maxMegabytes} MB`,
      verdict: megabytes <= maxMegabytes ? 'met' : 'not met',
    },
    {
      name: `time, ${what}`,
      unit: 's',
      value: seconds,
      spread: `${((1e6 * cpuSeconds) / requests).toFixed(2)} µs of CPU a request`,
      bar: '–',
      verdict: 'no bar',
    },
  ];
});
const [half, whole] = [12, 24].map((hours) => runs.find((run) => run.hours === hours && run.perSecond === 200));
if (half !== undefined && whole !== undefined) {
  const ratio = whole.cpuSeconds / whole.requests / (half.cpuSeconds / half.requests);
  figures.push({
    ...{ name: 'CPU per request, 24 h over 12 h', unit: '×', value: ratio, spread: 'one run each' },
    ...{ bar: '≤ 1.2', verdict: ratio <= 1.2 ? 'met' : 'not met' },
  });
}
writeResult('soak-report', {
  title: 'Report of a soak',
  how: '`webhook-stress report` over the journal of a soak in pieces: every request read back, the server of 5 processes sampled every 250 ms.',
  figures,
});
