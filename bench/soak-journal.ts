import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { emptyHistogram, encodeHistogram, recordUs } from '../analysis/journal/histogram.ts';
import { type JournalFormat, journalVersion } from '../contract/journal/journal.ts';
import { generatorId, journalFiles, localMonitor } from '../contract/journal/paths.ts';
import type { Plan } from '../contract/plan/plan.ts';
import { planOf } from '../contract/plan/plan-of.ts';
import { sizesFromSettings } from '../contract/plan/sizes.ts';
import { builtInProfiles } from '../profiles/built-in.ts';
import { seeded } from '../test/fixtures/random.ts';
import { manifestOf, processOf, sampleOf, startUs } from '../test/fixtures/run.ts';

// The journal of a healthy soak, in the shapes that k6/timeline and the monitor write.

export interface SoakShape {
  readonly hours: number;
  readonly perSecond: number;
  readonly generators: number;
}

const runId = 'bench';
const runTag = 'mwu649kx42r27j';
const webhooks = 125;
/** As k6/timeline/pieces.go has it. */
const maxPieceLines = 500_000;
const memberBytes = 1 << 20;

/** An NDJSON file, packed or not. */
class Lines {
  private readonly file: number;
  private text: string;
  private lines = 0;

  constructor(
    path: string,
    format: JournalFormat,
    private readonly isPacked: boolean,
  ) {
    mkdirSync(dirname(path), { recursive: true });
    this.file = openSync(isPacked ? `${path}.gz` : path, 'w');
    const clock = { wallUs: startUs, monotonicUs: 0 };
    this.text = `${JSON.stringify({ format, version: journalVersion, runId, startedAtUs: startUs, clock })}\n`;
  }

  add(line: string): void {
    this.lines += 1;
    this.text += `${line}\n`;
    if (this.text.length >= memberBytes) this.write();
  }

  get isFull(): boolean {
    return this.lines >= maxPieceLines;
  }

  end(): void {
    this.text += `{"end":true,"lines":${this.lines}}\n`;
    this.write();
    closeSync(this.file);
  }

  private write(): void {
    writeSync(this.file, this.isPacked ? member(this.text) : Buffer.from(this.text));
    this.text = '';
  }
}

/** A gzip member that tells its length: analysis/journal/gzip-members.ts. */
function member(text: string): Buffer {
  const plain = gzipSync(text, { level: 1 });
  const extra = Buffer.from('080057530400', 'hex');
  const whole = Buffer.concat([plain.subarray(0, 10), extra, Buffer.alloc(4), plain.subarray(10)]);
  whole[3] = 4;
  whole.writeUInt32LE(whole.length, 16);
  return whole;
}

/** @returns how many requests it holds. */
export function writeSoakJournal(folder: string, shape: SoakShape): number {
  const settings = {
    SOAK_SECONDS: String(Math.round(shape.hours * 3600)),
    MAX_RATE: String(shape.perSecond),
    WEBHOOKS: String(webhooks),
  };
  const profile = builtInProfiles.embedded;
  const plan = planOf('soak', sizesFromSettings(settings).sizes, profile, 0);
  const generators = Array.from({ length: shape.generators }, (_, n) => generatorId(n + 1));
  const sent = writeLedgers(folder, plan, generators);
  for (const [n, id] of generators.entries()) writeTimeline(folder, plan, { id, n, of: generators.length, sent });
  writeServer(folder, plan.estimatedMs);
  const endedAtUs = startUs + plan.estimatedMs * 1000;
  const manifest = {
    ...manifestOf(['soak'], profile),
    ...{ runId, settings, plans: [plan], generators, endedAtUs: endedAtUs + 1e6 },
    scenarios: [{ name: 'soak', startedAtUs: startUs, endedAtUs, k6ExitCode: 0, k6Signal: null }],
  };
  writeFileSync(join(folder, journalFiles.manifest), JSON.stringify(manifest));
  return sent.reduce((sum, count) => sum + count, 0);
}

/** @returns how many requests each generator sent. */
function writeLedgers(folder: string, plan: Plan, generators: readonly string[]): readonly number[] {
  const random = seeded(42);
  const perPiece = plan.piecePhases ?? plan.phases.length;
  const sent = generators.map(() => 0);
  const processed = new Map<number, number>();
  let files: Lines[] = [];
  for (const [cycle, { name, startMs, schedule, signals }] of plan.phases.entries()) {
    if (schedule.kind !== 'rate') throw new Error('a cycle is not a rate');
    if (cycle % perPiece === 0) {
      for (const file of files) file.end();
      const number = cycle / perPiece + 1;
      files = generators.map(
        (id) => new Lines(join(folder, journalFiles.ledgerPiece(id, 'soak', number)), 'ledger', true),
      );
    }
    const first = signals[0]?.first ?? 0;
    for (let n = 0; n < schedule.count; n += 1) {
      const sendUs =
        startUs + Math.round(startMs * 1000 + (n * schedule.perMs * 1000) / schedule.rate + random() * 900);
      const webhook = n % schedule.webhooks;
      const generator = n % generators.length;
      files[generator]?.add(
        `{"sendUs":${sendUs},"endUs":${sendUs + 1500 + Math.floor(random() * 4000)},"phase":"${name}","purpose":"load","outcome":"accepted","status":200,"webhook":${webhook},"signal":"${runTag}-E${first + n}"}`,
      );
      sent[generator] = (sent[generator] ?? 0) + 1;
      processed.set(webhook, (processed.get(webhook) ?? 0) + 1);
    }
  }
  for (const file of files) file.end();
  writeReadBack(folder, plan, { id: generators[0] ?? '', processed });
  return sent;
}

/** All effects, webhook by webhook, as the first generator reads them after the load. */
function writeReadBack(
  folder: string,
  plan: Plan,
  { id, processed }: { readonly id: string; readonly processed: ReadonlyMap<number, number> },
): void {
  let number = Math.ceil(plan.phases.length / (plan.piecePhases ?? plan.phases.length)) + 1;
  const open = (): Lines => new Lines(join(folder, journalFiles.ledgerPiece(id, 'soak', number)), 'ledger', true);
  let file = open();
  for (const [webhook, effects] of processed) {
    for (const { schedule, signals, startMs } of plan.phases) {
      if (schedule.kind !== 'rate') continue;
      for (let n = webhook; n < schedule.count; n += schedule.webhooks) {
        if (file.isFull) {
          file.end();
          number += 1;
          file = open();
        }
        file.add(
          `{"effect":"${runTag}-E${(signals[0]?.first ?? 0) + n}","webhook":${webhook},"processedAtUs":${startUs + startMs * 1000}}`,
        );
      }
    }
    file.add(`{"readback":${webhook},"effects":${effects}}`);
  }
  file.end();
}

interface Part {
  readonly id: string;
  readonly n: number;
  readonly of: number;
  readonly sent: readonly number[];
}

function writeTimeline(folder: string, plan: Plan, { id, n, of, sent }: Part): void {
  const file = new Lines(join(folder, journalFiles.timeline(id, 'soak')), 'timeline', false);
  const texts = new Map<string, string>();
  let left = sent[n] ?? 0;
  for (const { name, startMs, schedule } of plan.phases) {
    if (schedule.kind !== 'rate') continue;
    const perSecond = Math.round((schedule.rate * 1000) / schedule.perMs / of);
    for (let atMs = startMs; atMs < startMs + (schedule.count * schedule.perMs) / schedule.rate; atMs += 1000) {
      const count = Math.min(perSecond, left);
      if (count === 0) break;
      left -= count;
      const text = histogramText(texts, count, atMs % 16);
      file.add(
        `{"second":${Math.floor((startUs + atMs * 1000) / 1e6)},"phase":"${name}","purpose":"load","outcome":"accepted","count":${count},"service":"${text}","full":"${text}"}`,
      );
      file.add(
        `{"loadFromUs":${startUs + atMs * 1000},"loadToUs":${startUs + (atMs + 1000) * 1000},"cpuUs":90000,"cores":2}`,
      );
    }
  }
  // What rounding left over.
  if (left > 0) {
    const last = plan.phases.at(-1);
    const text = histogramText(texts, left, 0);
    const second = Math.floor((startUs + (last?.startMs ?? 0) * 1000) / 1e6);
    file.add(
      `{"second":${second},"phase":"${last?.name}","purpose":"load","outcome":"accepted","count":${left},"service":"${text}","full":"${text}"}`,
    );
  }
  file.end();
  const summary = {
    metrics: { webhook_load_accepted: { type: 'trend', contains: 'time', values: { count: sent[n] ?? 0 } } },
  };
  writeFileSync(join(folder, journalFiles.summary(id, 'soak')), JSON.stringify(summary));
}

/** A few for each count: to make one takes longer than to write it. */
function histogramText(texts: Map<string, string>, count: number, variant: number): string {
  const key = `${count} ${variant}`;
  const known = texts.get(key);
  if (known !== undefined) return known;
  const random = seeded(variant + 1);
  const histogram = emptyHistogram();
  for (let n = 0; n < count; n += 1) recordUs(histogram, 1500 + Math.floor(random() * 4000));
  const text = encodeHistogram(histogram);
  texts.set(key, text);
  return text;
}

const workers = 4;

function writeServer(folder: string, lengthMs: number): void {
  const random = seeded(7);
  const file = new Lines(join(folder, journalFiles.monitor(localMonitor)), 'server', false);
  file.add(JSON.stringify({ bootId: 'boot', rootPid: 100, cores: 2, intervalMs: 250, memorySource: 'pss' }));
  for (let atMs = 0; atMs <= lengthMs + 500; atMs += 250) {
    const processes = Array.from({ length: workers + 1 }, (_, n) => {
      const pages = 20_000 + Math.floor(random() * 64);
      return processOf({
        ...{ pid: 100 + n, parentPid: n === 0 ? 1 : 100, role: n === 0 ? ('root' as const) : ('worker' as const) },
        ...{ cpuPercent: Math.round(random() * 200) / 10, rssBytes: pages * 4096, pssBytes: pages * 3072 },
        ...{ fileDescriptors: 40 + Math.floor(random() * 8), connections: 20, maxDescriptors: 1024, cores: 2 },
      });
    });
    file.add(JSON.stringify(sampleOf(atMs, { processes, machineCpuPercent: Math.round(random() * 400) / 10 })));
  }
  file.end();
}
