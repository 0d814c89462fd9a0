import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '../../contract/journal/journal.ts';
import { pieceOfMonitor } from '../../contract/journal/monitor-pieces.ts';
import { journalFiles } from '../../contract/journal/paths.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import type { Clock } from './clock.ts';

/** Where the pieces of a journal lie; recorded apart they need not be in one folder. */
export interface JournalPlaces {
  /** The folder of each generator, which holds the files of its scenarios. */
  readonly generators: readonly { readonly id: string; readonly folder: string }[];
  /** The first file of each monitor. */
  readonly monitors: readonly { readonly id: string; readonly file: string }[];
  /** What is known by hand of their clocks, by their ids or the names of their machines. */
  readonly clocks?: ReadonlyMap<string, Clock>;
  readonly effectsFile: (scenario: ScenarioName) => string;
  /** False if the pieces were recorded apart: then each has a run id of its own. */
  readonly oneRun: boolean;
}

/** The places of a run folder: every generator and monitor that the manifest names, and every other one that is there. */
export function placesIn(folder: string, manifest: Pick<Manifest, 'generators' | 'monitors'>): JournalPlaces {
  const generators = new Set([...manifest.generators, ...namesIn(join(folder, journalFiles.generatorsFolder))]);
  const monitorNames = namesIn(join(folder, journalFiles.monitorsFolder));
  const monitors = new Set([...manifest.monitors, ...monitorNames.flatMap((name) => pieceOfMonitor(name)?.id ?? [])]);
  return {
    generators: [...generators].map((id) => ({ id, folder: join(folder, journalFiles.generator(id)) })),
    monitors: [...monitors].map((id) => ({ id, file: join(folder, journalFiles.monitor(id)) })),
    effectsFile: (scenario) => join(folder, journalFiles.effects(scenario)),
    oneRun: true,
  };
}

/** Names in a folder, in order of the alphabet. A folder that does not exist has none. */
function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}
