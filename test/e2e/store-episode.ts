import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { placeOfOwn, readServer } from '../../analysis/journal/server.ts';
import type { StoreName } from '../../contract/journal/journal.ts';
import { journalFiles, localMonitor } from '../../contract/journal/paths.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import type { Finding, Report } from '../../contract/report/report.ts';
import { reportOf, startStress, statuses, underWay } from './stress.ts';

// Whole runs on real stores, to one of which something happens under load.

export interface Happening {
  readonly fromUs: number;
  readonly toUs: number;
}

/** Notes when something began and ended. */
export async function happens(what: () => Promise<unknown>): Promise<Happening> {
  const fromUs = Date.now() * 1000;
  await what();
  return { fromUs, toUs: Date.now() * 1000 };
}

/** What is begun lasts so long, and is ended. */
export const lasts = (ms: number, begin: () => Promise<unknown>, end: () => Promise<unknown>): Promise<Happening> =>
  happens(async () => {
    await begin();
    await sleep(ms);
    await end();
  });

export interface EpisodeOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly scenario?: ScenarioName;
  readonly args?: readonly string[];
  /** How many signals are sent before. */
  readonly afterSignals?: number;
  readonly act: () => Promise<readonly Happening[]>;
}

export interface Episode {
  readonly report: Report;
  readonly exitCode: number | null;
  readonly output: string;
  readonly folder: string;
  readonly happenings: readonly Happening[];
  /** Of the database and Redis. */
  readonly finding: Finding;
  /** Statuses, evidence and output, for messages. */
  readonly told: string;
}

export async function episode(options: EpisodeOptions): Promise<Episode> {
  const { env, scenario = 'sustained', args = [], afterSignals = 100, act } = options;
  const run = startStress([scenario, ...args], { SUSTAINED_SECONDS: '8', ...env });
  const ended = run.ended();
  const early = ended.then(() => assert.fail(`it ended before:\n${run.output()}`));
  let happenings: readonly Happening[];
  try {
    await Promise.race([underWay(run.folder, scenario, afterSignals), early]);
    happenings = await act();
  } catch (error) {
    run.process.kill('SIGINT');
    await ended;
    throw error;
  }
  const { exitCode } = await ended;
  const [report, output] = [reportOf(run.folder), run.output()];
  const finding = report.findings.find(({ criterion }) => criterion === 'database-and-redis');
  assert.ok(finding !== undefined, output);
  const told = [statuses(report), ...finding.evidence, output].join('\n');
  return { report, exitCode, output, folder: run.folder, happenings, finding, told };
}

function monitorOf({ folder }: Episode) {
  const { server, end } = readServer(join(folder, journalFiles.monitor(localMonitor)), placeOfOwn(null));
  assert.ok(server !== null && end.complete, 'the monitor went on to the end');
  return server;
}

/** As the report rounds. */
const tenths = (us: number): number => Number((us / 1e6).toFixed(1));

/**
 * A line of the evidence tells of this, and when: not before the last look that the monitor began before it, nor after the first one that
 * was answered when it was over.
 */
export function assertToldInTime(of: Episode, store: StoreName, words: RegExp, { fromUs, toUs }: Happening): void {
  const { startedAtUs }: { startedAtUs: number } = JSON.parse(readFileSync(join(of.folder, 'run.json'), 'utf8'));
  const line = of.finding.evidence.find((each) => words.test(each));
  assert.ok(line !== undefined, `${words}\n${of.told}`);
  const looks = monitorOf(of).stores[store];
  const before = looks.findLast(({ atUs }) => atUs < fromUs);
  const after = looks.find((look) => look.atUs > toUs && !('failure' in look));
  assert.ok(before !== undefined && after !== undefined, of.told);
  const second = Number(/(?:at|between) (\d+\.\d) s/.exec(line)?.[1]);
  const [earliest, latest] = [before, after].map(({ atUs }) => tenths(atUs - startedAtUs));
  assert.ok(second >= (earliest ?? 0) && second <= (latest ?? 0), `${earliest} ≤ ${second} ≤ ${latest}\n${line}`);
}

/** After all that happened the monitor took samples, and the store answered it, more than once. */
export function assertWentOn(of: Episode, store: StoreName): void {
  const { samples, stores } = monitorOf(of);
  const overUs = of.happenings.at(-1)?.toUs ?? 0;
  const later = [...samples].filter(({ atUs }) => atUs > overUs).length;
  const answers = stores[store].filter((look) => look.atUs > overUs && !('failure' in look)).length;
  assert.ok(later >= 2 && answers >= 2, `${later} samples, ${answers} answers\n${of.told}`);
}
