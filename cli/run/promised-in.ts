import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PromisedEffects } from '../../analysis/delivery/promised-effects.ts';
import { resolveReplays } from '../../analysis/interpret/replays.ts';
import { clockOfGenerator } from '../../analysis/journal/generator-clock.ts';
import { Ledger } from '../../analysis/journal/ledger.ts';
import { readLedgerInto } from '../../analysis/journal/read-ledger.ts';
import { journalFiles } from '../../contract/journal/paths.ts';
import { PhaseIndex } from '../../contract/plan/phase-index.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import type { Session } from './session.ts';

/** What these generators together were promised, by their ledgers. One that is not there promises nothing. */
export function promisedIn(
  { folder, runId, settings, manifest }: Pick<Session, 'folder' | 'runId' | 'settings' | 'manifest'>,
  scenario: ScenarioName,
  generators: readonly string[],
): PromisedEffects {
  const ledger = new Ledger();
  for (const [generator, id] of generators.entries()) {
    const path = join(folder, journalFiles.ledger(id, scenario));
    const clockOf = clockOfGenerator(manifest.manifest, { id, oneRun: true, clocks: undefined });
    if (existsSync(path)) readLedgerInto(ledger, path, { runId, generator, clockOf });
  }
  const phases = new PhaseIndex(settings.plans.filter((plan) => plan.scenario === scenario));
  return new PromisedEffects(resolveReplays(ledger.as({ phases }), settings.profile));
}
