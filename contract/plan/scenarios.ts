/**
 * The scenarios in the order in which `run` takes them: what each sends at its default sizes, and what that establishes.
 * docs/scenarios.md has its table from here.
 */
export const scenarioTable = {
  hft: {
    load: '100 rapid signals on one webhook, then as many at 80% of the limit each over several webhooks',
    establishes: 'the limit holds; nothing legitimate is throttled',
  },
  burst: {
    load: '100 identical signals at one instant, each from a VU with its connection open',
    establishes: 'one effect; the achieved spread is reported',
  },
  sustained: {
    load: '30 s at a constant arrival rate, each webhook at 80% of its limit',
    establishes: 'success, response times, memory growth',
  },
  'memory-leak': {
    load: '1000 accepted requests in 10 equal cycles of load and rest',
    establishes: 'settled memory, leak verdict',
  },
  'rate-limit': {
    load: '20 signals as fast as possible, then the limiter probes',
    establishes: 'half are throttled; which limiter this is, and whether it keeps its word',
  },
  concurrency: {
    load: 'rounds of distinct signals at one instant, on shared webhooks and on one per VU',
    establishes: 'none lost, none processed twice, no counter behind',
  },
  idempotency: {
    load: 'signals sent again at chosen gaps around the TTL, and variants',
    establishes: 'the TTL is kept, on both sides; what a duplicate is, and what it costs',
  },
  redelivery: {
    load: 'signals whose connection is cut at a spread of moments, and sent again as real senders do',
    establishes: 'one effect of each, whatever its sender saw of the answer',
  },
  soak: {
    load: 'an hour or more (`--duration 8h`) of equal cycles of load and rest, each webhook at 80% of its limit; only if asked for',
    establishes: 'nothing leaks, slows down or fails in the long run: memory, descriptors, response times, success',
  },
} as const satisfies Record<string, { readonly load: string; readonly establishes: string }>;

export type BuiltInScenario = keyof typeof scenarioTable;

/** What a scenario of a run is called: one of ours, or an own name of its user. It names files, too. */
export type ScenarioName = string;

export const scenarioNames = Object.keys(scenarioTable) as [BuiltInScenario, ...BuiltInScenario[]];

/** Those of a run that names none: soak takes hours, and is asked for. */
export const defaultScenarios: readonly BuiltInScenario[] = scenarioNames.filter((name) => name !== 'soak');

export function isBuiltIn(name: ScenarioName): name is BuiltInScenario {
  return Object.hasOwn(scenarioTable, name);
}

/** Of any scenario. */
export const scenarioNamePattern = /^[a-z][a-z0-9-]{0,39}$/;

/** What is wrong with the name of an own scenario; null if nothing is. */
export function ownNameProblem(name: string): string | null {
  if (!scenarioNamePattern.test(name)) {
    return `the scenario's name is "${name}"; it must begin with a small letter and hold small letters, digits and dashes, at most 40`;
  }
  return isBuiltIn(name) ? `"${name}" is the name of a built-in scenario: choose another one` : null;
}
