import type { ScenarioName } from '../plan/scenarios.ts';

/** The nth generator, from 1 on: a k6 with the tag instance_id=n writes into a folder of that name. */
export const generatorId = (n: number): string => `k6-${n}`;
/** The first one, and the monitor that `run` starts. */
export const localGenerator = generatorId(1);
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
  /** What each of several instances is told: it puts its folder between. */
  sharedSummary: (scenario: ScenarioName) => `generators/${scenario}.summary.json`,
  timeline: (id: string, scenario: ScenarioName) => `generators/${id}/${scenario}.timeline.ndjson`,
  ledger: (id: string, scenario: ScenarioName) => `generators/${id}/${scenario}.requests.ndjson`,
  /** Of a long scenario the ledger is written in pieces, from 1 on; a finished one is packed, and `.gz` follows its name. */
  ledgerPiece: (id: string, scenario: ScenarioName, number: number) =>
    `generators/${id}/${scenario}.requests.${String(number).padStart(4, '0')}.ndjson`,
  generatorLog: (id: string, scenario: ScenarioName) => `generators/${id}/${scenario}.log`,
  /** The plan of an own scenario, as the generator gets it; run.json has it, too. */
  plan: (id: string, scenario: ScenarioName) => `generators/${id}/${scenario}.plan.json`,
  monitor: (id: string) => `monitors/${id}.ndjson`,
  /** What a read-back command told; k6 writes into the ledger what it reads from a URL. */
  effects: (scenario: ScenarioName) => `effects/${scenario}.ndjson`,
} as const;

/** The number of a piece of a scenario's ledger by the name of its file; null for another file. */
export function pieceNumber(name: string, scenario: ScenarioName): number | null {
  const [, of, digits] = /^(.+)\.requests\.(\d{4,})\.ndjson(?:\.gz)?$/.exec(name) ?? [];
  return of === scenario && digits !== undefined ? Number(digits) : null;
}
