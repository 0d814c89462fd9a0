import type { Options } from 'k6/options';
import { outcomeMetric } from '../../contract/journal/k6-metrics.ts';
import { environment } from '../environment.ts';
import type { GivenOptions } from '../given-options.ts';
import type { PlanHere } from '../planned.ts';
import type { Threshold, Thresholds } from '../thresholds.ts';
import { type SentFromGo, scenariosOf } from './k6-scenarios.ts';
import { isResentSilently } from './silent-resends.ts';

/**
 * Every address but loopback, as blocks: the complements of 127.0.0.0/8 and ::1. k6 checks them when it connects, on the
 * resolved address, so neither a DNS name nor a redirect leads the load elsewhere.
 */
function allButLoopback(): string[] {
  const v4 = ['0.0.0.0/2', '64.0.0.0/3', '96.0.0.0/4', '112.0.0.0/5', '120.0.0.0/6', '124.0.0.0/7', '126.0.0.0/8'];
  // The complement of ::1 is, for each bit n of the address, the block that agrees with it before n and differs at n.
  const v6 = Array.from({ length: 128 }, (_, n) => {
    const groups = new Array<number>(8).fill(0);
    if (n < 127) groups[Math.floor(n / 16)] = 1 << (15 - (n % 16));
    return `${groups.map((group) => group.toString(16)).join(':')}/${n + 1}`;
  });
  return [...v4, '128.0.0.0/1', ...v6];
}

/** Read-back may wait for a backlog to drain, and takes its time. */
function teardownSeconds(): number {
  const { readback } = environment.profile;
  return 120 + (readback.kind === 'url' ? Math.ceil(readback.limitMs / 1000) : 0);
}

/** Thresholds that hold wherever answers to load are judged: the fail bounds of the profile. */
function responseThresholds(): Thresholds {
  const { averageResponse, anyResponse } = environment.profile.criteria;
  return Object.fromEntries(
    (['accepted', 'duplicate'] as const).map((outcome) => [
      outcomeMetric('load', outcome),
      [`avg<=${averageResponse.failMs}`, `max<=${anyResponse.failMs}`],
    ]),
  );
}

const expressionOf = (threshold: Threshold): string =>
  typeof threshold === 'string' ? threshold : threshold.threshold;

function mergedThresholds(more: Thresholds): Record<string, Threshold[]> {
  const merged: Record<string, Threshold[]> = {};
  for (const [metric, list] of [...Object.entries(responseThresholds()), ...Object.entries(more)]) {
    merged[metric] = [...(merged[metric] ?? []), ...list];
  }
  return merged;
}

const usualStatistics = ['count', 'avg', 'min', 'med', 'p(90)', 'p(95)', 'p(99)', 'max'] as const;

/** With the percentiles that thresholds speak of, so that the summary has their values. */
function statisticsFor(more: Thresholds): string[] {
  const asked = Object.values(more)
    .flat()
    .flatMap((threshold) => /^\s*(p\(\d+(?:\.\d+)?\))/.exec(expressionOf(threshold))?.[1] ?? []);
  return [...new Set([...usualStatistics, ...asked])];
}

/** The plan of an own scenario, for its runner: `k6 inspect` prints it. */
function planForRunner(plan: PlanHere, more: Thresholds): Options {
  const thresholds = Object.entries(more).flatMap(([metric, list]) =>
    list.map((threshold) => ({ metric, expression: expressionOf(threshold) })),
  );
  const whole = plan.whole();
  return { ext: { webhookStress: { plan: thresholds.length === 0 ? whole : { ...whole, thresholds } } } };
}

function clientCertificate(): Options {
  const { cert, key } = environment.trust;
  return cert === null || key === null ? {} : { tlsAuth: [{ cert, key }] };
}

/**
 * Options of a scenario bundle.
 * @param isOwn whether its user planned it, and the runner asks for the plan.
 */
export function stressOptions(
  plan: PlanHere,
  isOwn: boolean,
  { thresholds: given = {}, onlyPlanned = !isOwn, successRate }: GivenOptions = {},
): Options {
  const more = typeof given === 'function' ? given(environment.profile.criteria) : given;
  const fromGo: SentFromGo = onlyPlanned && environment.sendsNatively ? { successRate: successRate ?? null } : null;
  return {
    scenarios: scenariosOf(plan, fromGo),
    thresholds: mergedThresholds(more),
    ...(isOwn ? planForRunner(plan, more) : {}),
    // A thrown error is caught where the request is sent; without `throw` k6 would log the URL, which holds the secret.
    throw: true,
    maxRedirects: 0,
    // It never does so on a connection that is new. Our own sender never does so at all.
    noConnectionReuse: !environment.sendsNatively && isResentSilently(environment.profile.request),
    // Neither `url` nor `error`: both can hold the secret.
    systemTags: ['scenario', 'group', 'method', 'status', 'name', 'error_code'],
    summaryTrendStats: statisticsFor(more),
    setupTimeout: '60s',
    teardownTimeout: `${teardownSeconds()}s`,
    userAgent: 'webhook-stress',
    ...clientCertificate(),
    ...(environment.address === null ? {} : { hosts: { [environment.address.host]: environment.address.ip } }),
    ...(environment.hostIsAllowed ? {} : { blacklistIPs: allButLoopback() }),
  };
}
