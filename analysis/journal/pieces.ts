import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs';
import { basename, join } from 'node:path';
import { journalVersion, type Manifest, type ScenarioWindow } from '../../contract/journal/journal.ts';
import { journalFiles, localGenerator, localMonitor } from '../../contract/journal/paths.ts';
import { isBuiltIn, type ScenarioName, scenarioNames } from '../../contract/plan/scenarios.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { max, min } from '../statistics.ts';
import { fieldsOf, numberIn } from './fields.ts';
import { readLedger } from './read-ledger.ts';
import { readTimeline } from './timeline.ts';

/** Time of the header line; null where the file has none. */
function startedAtUs(path: string): number | null {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(4096);
    const text = head.toString('utf8', 0, readSync(file, head, 0, head.length, 0));
    const header = fieldsOf(JSON.parse(text.split('\n', 1)[0] ?? ''));
    return header === null ? null : numberIn(header, 'startedAtUs');
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  } finally {
    closeSync(file);
  }
}

/** When the last request ended: by the ledger if it was written, else by the timeline, to the second. */
function lastEndUs(k6Folder: string, name: ScenarioName): number | null {
  const ledgerFile = join(k6Folder, basename(journalFiles.ledger(localGenerator, name)));
  let last: number | null = null;
  if (existsSync(ledgerFile)) {
    const { ledger } = readLedger(ledgerFile, null);
    for (let at = 0; at < ledger.length; at += 1) last = Math.max(last ?? 0, ledger.endUs(at));
    return last;
  }
  const { timeline } = readTimeline(join(k6Folder, basename(journalFiles.timeline(localGenerator, name))), null);
  const second = timeline.seconds.at(-1)?.second;
  return second === undefined ? null : (second + 1) * 1e6;
}

/**
 * A manifest for pieces that were recorded apart, by `k6 run --out timeline=DIR` and by `webhook-stress monitor`: what there
 * is in the folder was the command, and each scenario's window reaches from its header to its last request.
 * Null where the folder holds no timeline.
 */
export function manifestOfPieces(k6Folder: string, profile: TargetProfile, node: string): Manifest | null {
  const present = readdirSync(k6Folder)
    .flatMap((file) => {
      const name = /^(.*)\.timeline\.ndjson$/.exec(file)?.[1] ?? '';
      return isBuiltIn(name) ? [name] : [];
    })
    .sort((a, b) => scenarioNames.indexOf(a) - scenarioNames.indexOf(b));
  const scenarios = present.flatMap((name): ScenarioWindow[] => {
    const from = startedAtUs(join(k6Folder, basename(journalFiles.timeline(localGenerator, name))));
    if (from === null) return [];
    const to = lastEndUs(k6Folder, name) ?? from;
    return [{ name, startedAtUs: from, endedAtUs: to, k6ExitCode: 0, k6Signal: null }];
  });
  if (scenarios.length === 0) return null;
  const first = min(scenarios.map(({ startedAtUs: from }) => from)) ?? 0;
  return {
    format: 'run',
    version: journalVersion,
    runId: `merged-${Math.floor(first / 1e6)}`,
    clock: { wallUs: first, monotonicUs: 0 },
    startedAtUs: first,
    endedAtUs: max(scenarios.map(({ endedAtUs }) => endedAtUs ?? first)),
    interrupted: false,
    command: present,
    generators: [localGenerator],
    monitors: [localMonitor],
    versions: { webhookStress: 'pieces recorded apart', node, k6: 'unknown' },
    k6Build: 'project',
    environment: { os: 'unknown', cpuModel: 'unknown', cores: 0, memoryBytes: 0 },
    target: { kind: 'external', baseUrl: 'unknown', workers: null, faults: [] },
    profile,
    settings: {},
    plans: null,
    scenarios,
    restart: null,
    serverCounts: null,
  };
}
