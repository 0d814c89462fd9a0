import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { packageRoot } from '../../cli/package-root.ts';
import type { Child } from '../../cli/processes/child.ts';
import { findK6 } from '../../cli/run/k6-binary.ts';
import { startK6 } from '../../cli/run/k6-process.ts';
import { journalFiles, localGenerator } from '../../contract/journal/paths.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';

const request = z.object({
  sendUs: z.number(),
  endUs: z.number(),
  phase: z.string(),
  purpose: z.string(),
  outcome: z.string(),
  status: z.number(),
  error: z.optional(z.number()),
  webhook: z.optional(z.number()),
  signal: z.optional(z.string()),
});
const readback = z.object({ readback: z.number(), effects: z.number() });

export type Sent = z.infer<typeof request> & { readonly idPrefix: string };

/** What one bundle did, run by the real k6 as the runner does it, with these settings. */
export interface ScenarioRun {
  /** Signals in order of sending. */
  readonly signals: readonly Sent[];
  ofPhase(phase: string): readonly Sent[];
  /** Effects read back, by webhook. */
  readonly effects: ReadonlyMap<number, number>;
  /** The most resident memory that k6 had, in bytes; 0 where there is no /proc. */
  readonly peakBytes: number;
}

/** Looks at the peak of a process until it has ended, since nothing tells of it later. */
async function peakBytesOf(child: Child): Promise<number> {
  let peak = 0;
  while (child.isAlive()) {
    const status = existsSync(`/proc/${child.pid}/status`) ? readFileSync(`/proc/${child.pid}/status`, 'utf8') : '';
    peak = Math.max(peak, Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024);
    await sleep(20);
  }
  return peak;
}

/** Bundles are those of dist/, so build first. */
export async function runScenario(
  name: ScenarioName,
  settings: Readonly<Record<string, string>>,
): Promise<ScenarioRun> {
  const k6 = await findK6(process.env.K6_BIN || null, process.env, () => {});
  const folder = mkdtempSync(join(tmpdir(), 'scenario-'));
  mkdirSync(join(folder, journalFiles.generator(localGenerator)), { recursive: true });
  const run = {
    folder,
    runId: 'run',
    clock: { wallUs: Date.now() * 1000, monotonicUs: Number(process.hrtime.bigint() / 1000n) },
  };
  const started = startK6({
    ...{ k6, id: localGenerator, part: null, name, ...run },
    script: join(packageRoot, 'dist', `${name}.js`),
    env: process.env,
    variables: settings,
    redact: (line) => line,
    onUnwritable: (path, refusal) => assert.fail(`${path} could not be written (${refusal})`),
  });
  const [{ code }, peakBytes] = await Promise.all([started.ended, peakBytesOf(started.child)]);
  assert.ok(code === 0 || code === 99, `k6 ended with ${code}: ${started.errors.join('; ')}`);
  const lines = readFileSync(join(folder, journalFiles.ledger(localGenerator, name)), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  const signals = lines
    .flatMap((line) => request.safeParse(line).data ?? [])
    .flatMap((sent) =>
      sent.signal === undefined ? [] : { ...sent, idPrefix: /-([a-z])\d+(~.+)?$/.exec(sent.signal)?.[1] ?? '' },
    )
    .toSorted((a, b) => a.sendUs - b.sendUs);
  return {
    signals,
    peakBytes,
    ofPhase: (phase) => signals.filter((sent) => sent.phase === phase),
    effects: new Map(
      lines.flatMap((line) => readback.safeParse(line).data ?? []).map((line) => [line.readback, line.effects]),
    ),
  };
}

export function countOutcomes(sent: readonly Sent[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome } of sent) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}
