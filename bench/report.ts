import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import { journalVersion } from '../contract/journal/journal.ts';
import { journalFiles, localGenerator, localMonitor } from '../contract/journal/paths.ts';
import { builtInProfiles } from '../profiles/built-in.ts';
import { seeded } from '../test/fixtures/random.ts';
import { manifestOf, sampleOf } from '../test/fixtures/run.ts';
import { inWords, rangeOf } from './range.ts';
import { writeResult } from './result-file.ts';

// Time and peak memory of `webhook-stress report` over a journal of one hour at 1,000 requests a second, ledger and
// read-back included, the server sampled every 250 ms.

const hours = Number(process.argv[2] ?? 1);
const repeats = Number(process.argv[3] ?? 3);
const seconds = Math.round(hours * 3600);
const perSecond = 1000;
const webhooks = 125;
const startUs = 1_764_000_000_000_000;
const runId = 'bench';
const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'bench-report-'));
const random = seeded(42);

async function writeLines(file: string, head: object, lines: Iterable<string>): Promise<void> {
  const stream = createWriteStream(join(folder, file), { highWaterMark: 1 << 20 });
  let count = 0;
  let chunk = `${JSON.stringify({ version: journalVersion, runId, startedAtUs: startUs, clock: { wallUs: startUs, monotonicUs: 0 }, ...head })}\n`;
  for (const line of lines) {
    count += 1;
    chunk += `${line}\n`;
    if (chunk.length > 1 << 20) {
      if (!stream.write(chunk)) await once(stream, 'drain');
      chunk = '';
    }
  }
  stream.end(`${chunk}{"end":true,"lines":${count}}\n`);
  await once(stream, 'finish');
}

function* requests(): Iterable<string> {
  for (let n = 0; n < seconds * perSecond; n += 1) {
    const sendUs = startUs + n * 1000 + Math.floor(random() * 900);
    const endUs = sendUs + 1500 + Math.floor(random() * 4000);
    yield `{"sendUs":${sendUs},"endUs":${endUs},"phase":"sustained","purpose":"load","outcome":"accepted","status":200,"webhook":${n % webhooks},"signal":"mwu649kx42r27j-${n}"}`;
  }
  for (let n = 0; n < seconds * perSecond; n += 1) {
    yield `{"effect":"mwu649kx42r27j-${n}","webhook":${n % webhooks},"processedAtUs":${startUs + n * 1000}}`;
  }
  for (let webhook = 0; webhook < webhooks; webhook += 1) {
    yield `{"readback":${webhook},"effects":${(seconds * perSecond) / webhooks}}`;
  }
}

function* timeline(): Iterable<string> {
  for (let second = 0; second < seconds; second += 1) {
    const histogram = build({
      lowestDiscernibleValue: 1,
      highestTrackableValue: 120_000_000,
      numberOfSignificantValueDigits: 3,
    });
    for (let n = 0; n < perSecond; n += 1) histogram.recordValue(1500 + Math.floor(random() * 4000));
    const text = encodeIntoCompressedBase64(histogram);
    yield `{"second":${startUs / 1e6 + second},"phase":"sustained","purpose":"load","outcome":"accepted","count":${perSecond},"service":"${text}","full":"${text}"}`;
  }
}

function* server(): Iterable<string> {
  yield JSON.stringify({ bootId: 'boot', rootPid: 100, cores: 2, intervalMs: 250, memorySource: 'pss' });
  for (let atMs = 0; atMs <= seconds * 1000; atMs += 250) yield JSON.stringify(sampleOf(atMs));
}

process.stderr.write(`writing a journal of ${seconds * perSecond} requests …\n`);
mkdirSync(join(folder, journalFiles.generator(localGenerator)), { recursive: true });
mkdirSync(join(folder, journalFiles.monitorsFolder));
const window = { startedAtUs: startUs, endedAtUs: startUs + seconds * 1e6, k6ExitCode: 0, k6Signal: null };
writeFileSync(
  join(folder, journalFiles.manifest),
  JSON.stringify({
    ...manifestOf(['sustained'], builtInProfiles.embedded),
    runId,
    // Far above the rate, so that every request has to be admitted.
    profile: { ...builtInProfiles.embedded, limiter: { kind: 'sliding', limit: 100, windowMs: 1000, burst: null } },
    endedAtUs: window.endedAtUs,
    scenarios: [{ name: 'sustained', ...window }],
  }),
);
writeFileSync(
  join(folder, journalFiles.summary(localGenerator, 'sustained')),
  JSON.stringify({ metrics: { webhook_load_accepted: { values: { count: seconds * perSecond } } } }),
);
await writeLines(
  journalFiles.ledger(localGenerator, 'sustained'),
  { format: 'ledger', scenario: 'sustained' },
  requests(),
);
await writeLines(
  journalFiles.timeline(localGenerator, 'sustained'),
  { format: 'timeline', scenario: 'sustained' },
  timeline(),
);
await writeLines(journalFiles.monitor(localMonitor), { format: 'server' }, server());

/** Wall seconds and peak resident bytes of one report, as /usr/bin/time would tell them. */
async function reportOnce(): Promise<{ readonly seconds: number; readonly peakBytes: number }> {
  const script = `import resource,subprocess,sys,time
t=time.monotonic(); code=subprocess.call(sys.argv[1:],stdout=subprocess.DEVNULL)
print(time.monotonic()-t, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss*1024, code)`;
  const child = spawn(
    'python3',
    ['-c', script, process.execPath, join(root, 'dist/cli/webhook-stress.js'), 'report', folder],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let text = '';
  child.stdout.on('data', (data: Buffer) => {
    text += data.toString();
  });
  await once(child, 'close');
  const [wall = 0, peak = 0, code = -1] = text.trim().split(' ').map(Number);
  if (code !== 0) throw new Error(`report ended with ${code}, a pass was expected`);
  return { seconds: wall, peakBytes: peak };
}

const runs: { readonly seconds: number; readonly peakBytes: number }[] = [];
for (let n = 0; n < repeats; n += 1) {
  runs.push(await reportOnce());
  process.stderr.write(
    `${runs.at(-1)?.seconds.toFixed(1)} s, ${((runs.at(-1)?.peakBytes ?? 0) / 1e6).toFixed(0)} MB\n`,
  );
}
const times = runs.map((run) => run.seconds);
const peaks = runs.map((run) => run.peakBytes / 1e6);
const range = (values: readonly number[], unit: string): string =>
  `${inWords(rangeOf(values))} ${unit} in ${values.length} runs`;
function verdict(values: readonly number[], bar: number): 'met' | 'not met' | 'unresolved' {
  const { min, max } = rangeOf(values);
  return max <= bar ? 'met' : min > bar ? 'not met' : 'unresolved';
}
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

writeResult('report', {
  title: 'Report of a long run',
  how: `\`webhook-stress report\` over a journal of ${hours} h at ${perSecond} requests/s: ${seconds * perSecond} requests in the ledger, each read back, and the server sampled every 250 ms.`,
  figures: [
    {
      name: 'time',
      unit: 's',
      value: median(times),
      spread: range(times, 's'),
      bar: '≤ 90 s',
      verdict: verdict(times, 90),
    },
    {
      name: 'peak memory',
      unit: 'MB',
      value: median(peaks),
      spread: range(peaks, 'MB'),
      bar: '≤ 300 MB',
      verdict: verdict(peaks, 300),
    },
  ],
});
rmSync(folder, { recursive: true });
