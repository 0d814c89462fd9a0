/** The scenarios in the order in which `make stress` runs them. */
export const scenarioNames = [
  'hft',
  'burst',
  'sustained',
  'memory-leak',
  'rate-limit',
  'concurrency',
  'idempotency',
] as const;

export type ScenarioName = (typeof scenarioNames)[number];

export function isScenarioName(text: string): text is ScenarioName {
  return (scenarioNames as readonly string[]).includes(text);
}
