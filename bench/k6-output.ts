import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { abba, against } from './paired.ts';
import { inWords, rangeOf } from './range.ts';
import { writeResult } from './result-file.ts';

// CPU per request of k6 with our output and ledger against bare k6, and against k6's own JSON output: the same bundle
// (sustained, constant arrival rate) on a server that does nothing.

const blocks = Number(process.argv[2] ?? 10);
const seconds = 10;
const ratePerSecond = 1000;
const root = join(import.meta.dirname, '..');
const run = promisify(execFile);

const sink = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'sink.ts')], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const port = await new Promise<string>((resolve) => {
  createInterface(sink.stdout).once('line', resolve);
});
const folder = mkdtempSync(join(tmpdir(), 'bench-k6-'));

/** Microseconds of CPU, user and system, per request. */
async function cpuPerRequest(outputs: readonly string[]): Promise<number> {
  const command = `TIMEFORMAT='%U %S'; time "$@" >/dev/null 2>&1`;
  const k6 = [join(root, '.tools', 'k6'), 'run', '--quiet', ...outputs, join(root, 'dist', 'sustained.js')];
  const { stderr } = await run('bash', ['-c', command, 'bash', ...k6], {
    env: {
      ...process.env,
      BASE_URL: `http://127.0.0.1:${port}`,
      WEBHOOK_TOKEN: 'bench',
      WEBHOOK_SECRET: 'bench',
      LIMIT: String(ratePerSecond / 0.8),
      MAX_RATE: String(ratePerSecond),
      SUSTAINED_SECONDS: String(seconds),
      K6_NO_USAGE_REPORT: 'true',
    },
  });
  const [user = 0, system = 0] = stderr.trim().split('\n').at(-1)?.split(' ').map(Number) ?? [];
  return ((user + system) * 1e6) / (ratePerSecond * seconds);
}

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const interval = (low: number, high: number): string => `95 % interval ${low.toFixed(4)}–${high.toFixed(4)}`;

const bare = (): Promise<number> => cpuPerRequest([]);
let journals = 0;
const ours = (): Promise<number> => {
  journals += 1;
  return cpuPerRequest(['--out', `timeline=${join(folder, String(journals))}`]);
};
const json = (): Promise<number> => cpuPerRequest(['--out', `json=${join(folder, 'out.json')}`]);

say('our output against bare k6');
const toBare = await abba(blocks, bare, ours, say);
say('k6 -o json against our output');
const toJson = await abba(blocks, ours, json, say);

writeResult('k6-output', {
  title: 'CPU of k6 per request',
  how: `The bundle of sustained at ${ratePerSecond} requests/s for ${seconds} s, ${blocks} blocks, against a server that accepts everything at once; CPU is user and system time of the k6 process.`,
  figures: [
    {
      name: 'bare k6',
      unit: 'µs per request',
      value: mean(toBare.a),
      spread: inWords(rangeOf(toBare.a)),
      bar: '–',
      verdict: 'no bar',
    },
    {
      name: 'timeline and ledger over bare k6',
      unit: '×',
      value: toBare.ratio,
      spread: interval(toBare.low, toBare.high),
      bar: '≤ 1.03',
      verdict: against(toBare.low, toBare.high, 1.03),
    },
    {
      name: '`-o json` over timeline and ledger',
      unit: '×',
      value: toJson.ratio,
      spread: interval(toJson.low, toJson.high),
      bar: '–',
      verdict: 'no bar',
    },
  ],
});
rmSync(folder, { recursive: true });
sink.stdin.end();
