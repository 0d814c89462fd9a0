import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { placeOfOwn, readServer } from '../../analysis/journal/server.ts';
import { ServerProgress } from '../../cli/run/server-progress.ts';
import { pieceOfMonitor } from '../../contract/journal/monitor-pieces.ts';
import { journalFiles, localMonitor } from '../../contract/journal/paths.ts';
import { treeCpuPercent } from '../../contract/journal/tree-cpu.ts';
import type { RunClock } from '../../monitor/clock.ts';
import { JournalWriter } from '../../monitor/sinks/journal-writer.ts';
import { processOf, sampleOf, startUs } from '../fixtures/run.ts';

const identity = { bootId: 'boot', rootPid: 100, cores: 1, intervalMs: 1000, memorySource: 'rss' } as const;
const clock: RunClock = { pair: { wallUs: startUs, monotonicUs: 0 }, nowUs: () => startUs };
const newPath = (): string => join(mkdtempSync(join(tmpdir(), 'monitor-pieces-')), journalFiles.monitor(localMonitor));

interface Written {
  readonly fromMs: number;
  readonly samples: number;
  readonly goesOn?: boolean;
  /** SIGKILL: no end line. */
  readonly isKilled?: boolean;
  readonly maxBytes?: number;
}

async function write(path: string, { fromMs, samples, goesOn = false, isKilled = false, maxBytes }: Written) {
  const bound = maxBytes === undefined ? {} : { maxBytes };
  const writer = new JournalWriter(path, { runId: 'r', clock, goesOn, ...bound });
  writer.start(identity);
  for (let n = 0; n < samples; n += 1) writer.sample(sampleOf(fromMs + n * 1000));
  if (!isKilled) writer.end();
  await writer.packed;
}

const namesBeside = (path: string): readonly string[] => readdirSync(dirname(path)).sort();
const numberOf = (name: string): number => pieceOfMonitor(name)?.number ?? 0;
const secondsIn = (path: string): readonly number[] =>
  readServer(path, placeOfOwn('r')).server?.samples.map(({ atUs }) => (atUs - startUs) / 1e6) ?? [];

test('a long journal goes on in further files, all but the last two are packed, and it is read as one', async () => {
  const path = newPath();
  await write(path, { fromMs: 0, samples: 40, maxBytes: 2_000 });
  const names = namesBeside(path).toSorted((a, b) => numberOf(a) - numberOf(b));
  assert.ok(names.length > 4, names.join());
  assert.deepEqual(
    names.map((name) => name.endsWith('.gz')),
    names.map((_, n) => n < names.length - 2),
  );
  assert.deepEqual(names.slice(0, 2), ['local.ndjson.gz', 'local.0002.ndjson.gz']);
  const { server, end } = readServer(path, placeOfOwn('r'));
  assert.deepEqual(end, { complete: true, problems: [] });
  assert.deepEqual(
    secondsIn(path),
    Array.from({ length: 40 }, (_, n) => n),
  );
  assert.deepEqual(server?.pauses, []);
  const packed = readFileSync(join(dirname(path), names[0] ?? ''));
  assert.match(gunzipSync(packed).toString(), /^\{"format":"server".*"end":true/s);
});

test('one that follows a killed one goes on in a file of its own; between them is a pause and no other gap', async () => {
  const path = newPath();
  await write(path, { fromMs: 0, samples: 3, isKilled: true });
  // It was stopped in the middle of a line.
  appendFileSync(path, '{"atUs":17');
  await write(path, { fromMs: 6_000, samples: 2, goesOn: true });
  const { server, end } = readServer(path, placeOfOwn('r'));
  assert.deepEqual(end, { complete: true, problems: [] });
  assert.deepEqual(secondsIn(path), [0, 1, 2, 6, 7]);
  assert.deepEqual(server?.pauses, [{ fromUs: startUs + 2e6, toUs: startUs + 6e6 }]);
});

test('damage in a file is no pause, and a file that is missing is told', async () => {
  const path = newPath();
  await write(path, { fromMs: 0, samples: 2, isKilled: true });
  appendFileSync(path, 'broken\n');
  await write(path, { fromMs: 5_000, samples: 2, goesOn: true, isKilled: true });
  const problems = (): string =>
    readServer(path, placeOfOwn('r'))
      .end.problems.map(({ text }) => text)
      .join('; ');
  assert.match(problems(), /file 1: 1 of its lines could not be read.*file 2: it has no end line/);
  rmSync(path);
  assert.match(problems(), /a file before number 2 is missing/);
});

test('who begins anew leaves no file of another monitor', async () => {
  const path = newPath();
  await write(path, { fromMs: 0, samples: 40, maxBytes: 2_000 });
  writeFileSync(join(dirname(path), 'elsewhere.ndjson'), '');
  await write(path, { fromMs: 0, samples: 1 });
  assert.deepEqual(namesBeside(path), ['elsewhere.ndjson', 'local.ndjson']);
});

test('the CPU of each sample is a share of the cores that the server could use then', async () => {
  const path = newPath();
  const writer = new JournalWriter(path, { runId: 'r', clock, goesOn: false, maxBytes: 4_000 });
  const percents: number[] = [];
  let n = 0;
  const write = (cores: number, percent: number): void => {
    for (let more = 0; more < 5; more += 1) {
      const process = processOf({ pid: 100, role: 'root', cpuPercent: percent });
      writer.sample(sampleOf(n * 1000, { processes: [process] }));
      percents.push(percent / cores);
      n += 1;
    }
  };
  writer.start({ ...identity, cores: 1 });
  write(1, 90);
  writer.watch({ ...identity, cores: 2 });
  write(2, 120);
  writer.watch({ ...identity, cores: 1 });
  write(1, 95);
  writer.end();
  await writer.packed;
  const { server } = readServer(path, placeOfOwn('r'));
  assert.deepEqual(
    server?.samples.map((sample) => treeCpuPercent(sample, server.identity.cores)),
    percents,
  );
});

test('progress follows from file to file, and tells each alert once', async () => {
  const path = newPath();
  const alerts: string[] = [];
  const progress = new ServerProgress(path, ({ message }) => alerts.push(message));
  const writer = new JournalWriter(path, { runId: 'r', clock, goesOn: false, maxBytes: 4_000 });
  writer.start(identity);
  for (let n = 0; n < 20; n += 1) {
    writer.sample(sampleOf(n * 1000));
    writer.alert({ atUs: startUs + n, alert: 'health-failed', message: `alert ${n}` });
    progress.read();
    await writer.packed;
  }
  progress.read();
  assert.deepEqual(
    alerts,
    Array.from({ length: 20 }, (_, n) => `alert ${n}`),
  );
});
