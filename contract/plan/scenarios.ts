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
} as const satisfies Record<string, { readonly load: string; readonly establishes: string }>;

export type ScenarioName = keyof typeof scenarioTable;

export const scenarioNames = Object.keys(scenarioTable) as [ScenarioName, ...ScenarioName[]];

export function isScenarioName(text: string): text is ScenarioName {
  return Object.hasOwn(scenarioTable, text);
}
