import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CriterionId } from '../../analysis/rules/registry.ts';
import { journalFiles, localGenerator } from '../../contract/journal/paths.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import type { Status } from '../../contract/report/criteria.ts';
import type { Finding, Report } from '../../contract/report/report.ts';
import { readReport } from '../../render/json.ts';
import { isOpenForMachine } from '../matrix/cell.ts';

export const root = join(import.meta.dirname, '..', '..');
export const k6 = process.env.K6_BIN ?? join(root, '.tools', 'k6');
export const command = join(root, 'dist', 'cli', 'webhook-stress.js');

/** Small enough for a test, large enough that every criterion can be judged. */
export const smallSizes = {
  SUSTAINED_SECONDS: '12',
  LEAK_REQUESTS: '540',
  LEAK_CYCLES: '9',
  LEAK_SETTLE_SECONDS: '2',
  RATE_LIMIT_PROBE_SECONDS: '3',
  RATE_LIMIT_OFFSETS: '10',
  RATE_LIMIT_BURSTS: '25',
  IDEMPOTENCY_KEYS: '15',
} as const;

export interface StressRun {
  readonly process: ChildProcess;
  readonly folder: string;
  /** What it has printed so far, both streams. */
  output(): string;
  /** Waits until the runner has ended. */
  ended(): Promise<{ readonly exitCode: number | null }>;
}

/**
 * Starts `webhook-stress <verb> …` as a user would, its run folder in a temporary place.
 * @param before words in front of the command line, such as `sh -c '…; exec "$@"' sh`.
 */
export function startStress(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  reports = mkdtempSync(join(tmpdir(), 'stress-')),
  before: readonly string[] = [],
): StressRun {
  const cooldown = args.includes('--cooldown') ? [] : ['--cooldown', '1.2'];
  const given = [...args, '--reports', reports, '--run-id', 'run', ...cooldown];
  const [program = '', ...words] = [...before, process.execPath, command, 'run', ...given];
  const child = spawn(program, words, {
    env: { ...process.env, ...smallSizes, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      output += data.toString();
    });
  }
  const closed = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  return {
    process: child,
    folder: join(reports, 'run'),
    output: () => output,
    ended: async () => ({ exitCode: await closed }),
  };
}

/** Runs to the end. */
export async function stress(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const run = startStress(args, env);
  const { exitCode } = await run.ended();
  return { exitCode, folder: run.folder, output: run.output(), report: reportOf(run.folder) };
}

export function reportOf(folder: string): Report {
  return readReport(readFileSync(join(folder, 'report.json'), 'utf8'));
}

export function statusOf(report: Report, criterion: CriterionId): Status | undefined {
  return report.findings.find((finding) => finding.criterion === criterion)?.status;
}

/**
 * The criterion has this status. One that is to pass or to fail may be left open where its finding says that the machine had no CPU to spare.
 * @returns the finding; null where it was left open so, and its words are others.
 */
export function assertJudged(
  { report, output = '' }: { readonly report: Report; readonly output?: string },
  criterion: CriterionId,
  status: Status,
): Finding | null {
  const finding = report.findings.find((each) => each.criterion === criterion);
  if (status !== 'inconclusive' && finding !== undefined && isOpenForMachine(finding)) return null;
  assert.equal(finding?.status, status, `${criterion}\n${statuses(report)}\n${output}`);
  return finding;
}

/** The run passed. On a busy machine something may have been left open for that reason, and the exit code then says so. */
export function assertPassed({ report, exitCode, output }: Omit<Awaited<ReturnType<typeof stress>>, 'folder'>): void {
  const told = `${statuses(report)}\n${output}`;
  const open = report.findings.filter(({ status }) => status === 'inconclusive');
  assert.ok(open.every(isOpenForMachine), told);
  assert.equal(exitCode, open.length > 0 ? 3 : 0, told);
}

/** `criterion: status` of all criteria, for messages of assertions: what did not pass stands first. */
export function statuses(report: Report): string {
  const findings = [...report.findings].sort((a, b) => Number(a.status === 'pass') - Number(b.status === 'pass'));
  return findings.map(({ criterion, status, summary }) => `${criterion}: ${status}: ${summary}`).join('\n');
}

/** Live processes started by `pid`, with their command lines. */
export function childrenOf(pid: number): readonly { readonly pid: number; readonly commandLine: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        if (parent !== pid) return [];
        const commandLine = readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ');
        return [{ pid: Number(name), commandLine }];
      } catch {
        // It ended between the listing and the reading.
        return [];
      }
    });
}

/** The runner's own processes by what they are. */
export function partsOf(runner: number): Partial<Record<'backend' | 'monitor' | 'k6', number>> {
  const parts: Partial<Record<'backend' | 'monitor' | 'k6', number>> = {};
  for (const { pid, commandLine } of childrenOf(runner)) {
    if (/webhook-stress\.js backend /.test(commandLine)) parts.backend = pid;
    else if (/webhook-stress\.js monitor /.test(commandLine)) parts.monitor = pid;
    else if (/k6 run /.test(commandLine)) parts.k6 = pid;
  }
  return parts;
}

/** Waits until `holds`, for at most `maxMs`. Throws where it never does. */
export async function until(what: string, holds: () => boolean, maxMs = 30_000): Promise<void> {
  for (const startMs = Date.now(); !holds(); await sleep(50)) {
    if (Date.now() - startMs > maxMs) throw new Error(`waited in vain until ${what}`);
  }
}

/** Waits until so many requests stand in the ledger of a scenario: load is under way. */
export async function underWay(folder: string, scenario: ScenarioName, requests: number): Promise<void> {
  const file = join(folder, journalFiles.ledger(localGenerator, scenario));
  await until(`${scenario} has sent ${requests}`, () => {
    if (!existsSync(file)) return false;
    return (readFileSync(file, 'utf8').match(/"purpose":"load"/g) ?? []).length >= requests;
  });
}

export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
  } catch {
    return false;
  }
}

/** For a read-back command of sh: says nothing, and ends, when it is asked the first time, which is before the load. */
export const firstIsChecked = (marker: string): string => `[ -e ${marker} ] || { touch ${marker}; exit 0; }`;
