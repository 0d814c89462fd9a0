import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type ClockPair, journalVersion, type Manifest, type ScenarioWindow } from '../../contract/journal/journal.ts';
import { journalFiles, localGenerator } from '../../contract/journal/paths.ts';
import { type BuiltInScenario, isBuiltIn, type ScenarioName, scenarioNames } from '../../contract/plan/scenarios.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { max, min } from '../statistics.ts';
import { fieldsOf, numberIn } from './fields.ts';
import type { JournalPlaces } from './places.ts';
import { readLedger } from './read-ledger.ts';
import { readTimeline } from './timeline.ts';

interface Head {
  readonly startedAtUs: number;
  readonly clock: ClockPair;
}

/** What the header line tells; null where the file has none. */
function headOf(path: string): Head | null {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(4096);
    const text = head.toString('utf8', 0, readSync(file, head, 0, head.length, 0));
    const header = fieldsOf(JSON.parse(text.split('\n', 1)[0] ?? ''));
    const startedAtUs = header === null ? null : numberIn(header, 'startedAtUs');
    if (header === null || startedAtUs === null) return null;
    const pair = fieldsOf(header.clock);
    const wallUs = pair === null ? null : numberIn(pair, 'wallUs');
    const monotonicUs = pair === null ? null : numberIn(pair, 'monotonicUs');
    return { startedAtUs, clock: { wallUs: wallUs ?? startedAtUs, monotonicUs: monotonicUs ?? 0 } };
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

const timelineFile = /^(.*)\.timeline\.ndjson$/;

/** Scenarios of ours that a folder has timelines of. */
function scenariosIn(folder: string): readonly BuiltInScenario[] {
  return readdirSync(folder).flatMap((file) => {
    const name = timelineFile.exec(file)?.[1] ?? '';
    return isBuiltIn(name) ? [name] : [];
  });
}

type GeneratorPlaces = JournalPlaces['generators'];

/**
 * What k6 recorded apart: one generator, which wrote into the folder itself, or several, each with a folder of its own in it, as
 * runners of k6-operator that share a volume. None where there is no timeline.
 */
export function generatorsOfPieces(folder: string): GeneratorPlaces {
  if (scenariosIn(folder).length > 0) return [{ id: localGenerator, folder }];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && scenariosIn(join(folder, entry.name)).length > 0)
    .map(({ name }) => ({ id: name, folder: join(folder, name) }))
    .sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
}

const foldersWith = (name: BuiltInScenario, generators: GeneratorPlaces): readonly string[] =>
  generators.map(({ folder }) => folder).filter((folder) => scenariosIn(folder).includes(name));

const headsOf = (name: BuiltInScenario, generators: GeneratorPlaces): readonly Head[] =>
  foldersWith(name, generators).flatMap((folder) => headOf(join(folder, `${name}.timeline.ndjson`)) ?? []);

/** From the first header to the last request of all generators; null if no file tells. */
function windowOf(name: BuiltInScenario, generators: GeneratorPlaces): ScenarioWindow | null {
  const from = min(headsOf(name, generators).map(({ startedAtUs }) => startedAtUs));
  if (from === null) return null;
  const to = max(foldersWith(name, generators).flatMap((folder) => lastEndUs(folder, name) ?? [])) ?? from;
  return { name, startedAtUs: from, endedAtUs: to, k6ExitCode: 0, k6Signal: null };
}

/**
 * A manifest for pieces that were recorded apart, by `k6 run --out timeline=DIR` and by `webhook-stress monitor`: what there
 * is in the folders was the command.
 * @param monitors ids of those whose files are there.
 */
export function manifestOfPieces(
  generators: GeneratorPlaces,
  monitors: readonly string[],
  { profile, node }: { readonly profile: TargetProfile; readonly node: string },
): Manifest | null {
  const present = scenarioNames.filter((name) => foldersWith(name, generators).length > 0);
  const scenarios = present.flatMap((name) => windowOf(name, generators) ?? []);
  if (scenarios.length === 0) return null;
  const first = min(scenarios.map(({ startedAtUs }) => startedAtUs)) ?? 0;
  const [head] = present.flatMap((name) => headsOf(name, generators));
  return {
    format: 'run',
    version: journalVersion,
    runId: `merged-${Math.floor(first / 1e6)}`,
    // Of several generators, those that keep the time of the first one are known to.
    clock: head?.clock ?? { wallUs: first, monotonicUs: 0 },
    startedAtUs: first,
    endedAtUs: max(scenarios.map(({ endedAtUs }) => endedAtUs ?? first)),
    interrupted: false,
    command: present,
    generators: generators.map(({ id }) => id),
    monitors: [...monitors],
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
