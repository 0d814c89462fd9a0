import type { ScenarioName } from '../plan/scenarios.ts';

/** The one generator that `run` starts today, and the one monitor. */
export const localGenerator = 'k6-1';
export const localMonitor = 'local';

/** Files of a journal, relative to the folder of its run. Ids name a generator or a monitor; there may be several of each. */
export const journalFiles = {
  manifest: 'run.json',
  generatorsFolder: 'generators',
  monitorsFolder: 'monitors',
  effectsFolder: 'effects',
  monitorLog: 'monitor.log',
  backendLog: 'backend.log',
  generator: (id: string) => `generators/${id}`,
  summary: (id: string, scenario: ScenarioName) => `generators/${id}/${scenario}.summary.json`,
  timeline: (id: string, scenario: ScenarioName) => `generators/${id}/${scenario}.timeline.ndjson`,
  ledger: (id: string, scenario: ScenarioName) => `generators/${id}/${scenario}.requests.ndjson`,
  generatorLog: (id: string, scenario: ScenarioName) => `generators/${id}/${scenario}.log`,
  /** The plan of an own scenario, as the generator gets it; run.json has it, too. */
  plan: (id: string, scenario: ScenarioName) => `generators/${id}/${scenario}.plan.json`,
  monitor: (id: string) => `monitors/${id}.ndjson`,
  /** What a read-back command told; k6 writes into the ledger what it reads from a URL. */
  effects: (scenario: ScenarioName) => `effects/${scenario}.ndjson`,
} as const;
