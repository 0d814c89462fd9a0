import type { ProbeResult, ServerSampleLine, StoreName } from '../../contract/journal/journal.ts';
import { poolUse } from '../../contract/journal/pool.ts';
import type { Measure } from '../../contract/report/report.ts';
import { restartSpan } from '../interpret/restart.ts';
import { type Run, samplesOf, serverOf } from '../interpret/run.ts';
import { coverHalf } from '../interpret/spans.ts';
import { starvedSpans } from '../interpret/starvation.ts';
import type { Span } from '../journal/timeline.ts';
import { atSecond, counted } from '../words.ts';
import { type JudgedStore, names, prefixes } from './judged-store.ts';

/** A probe's result stands in the sample after it came, and it is waited for no longer than this. */
const maxProbeUs = 3_000_000;

interface TimedProbe {
  readonly atUs: number;
  readonly probe: ProbeResult;
}

/** The probes of a store; those that ran while the server itself was down say nothing about the store. */
function probesOf(run: Run, store: StoreName): readonly TimedProbe[] {
  const span = restartSpan(run);
  const isFromAfar = serverOf(run)?.identity.rootPid === 0;
  return samplesOf(run).flatMap((sample) => {
    const probe = sample[store === 'redis' ? 'redis' : 'database'];
    const restarting = span !== null && sample.atUs >= span.fromUs && sample.atUs <= span.toUs + maxProbeUs;
    const isDown = isFromAfar ? isSilent(sample, probe) : sample.processes.length === 0;
    return probe === null || isDown || restarting ? [] : [{ atUs: sample.atUs, probe }];
  });
}

/** From afar, who does not answer may be down or out of reach: its health check, asked at the same time, tells that apart. */
function isSilent({ health }: ServerSampleLine, probe: ProbeResult | null): boolean {
  if (health !== null) return health.state === 'failed';
  return probe?.state === 'failed' && probe.failure !== 'status';
}

/** What the server's own statistics say of a store; null if it has none. */
export function judgeRoutes(run: Run, store: StoreName): JudgedStore | null {
  const probes = probesOf(run, store);
  const isStarved = starvedProbes(run);
  const failed = probes.flatMap(({ atUs, probe }) =>
    probe.state === 'failed' && !isStarved({ atUs, probe }) ? [{ atUs, reason: probe.reason }] : [],
  );
  const starved = probes.filter(isStarved).length;
  const answered = answeredOf(probes);
  const prefix = prefixes[store];
  const probed: readonly Measure[] = [
    { name: `${prefix}-probes`, value: probes.length, unit: 'count' },
    { name: `${prefix}-failed-probes`, value: failed.length, unit: 'count', threshold: 0 },
    ...(starved === 0 ? [] : [{ name: `${prefix}-starved-probes`, value: starved, unit: 'count' as const }]),
  ];
  const [first] = failed;
  if (first !== undefined) {
    return {
      faults: [{ store, fault: 'statistics' }],
      status: 'fail',
      summary: `${failed.length} of ${counted(probes.length, 'probe')} of the server's statistics failed`,
      measures: probed,
      evidence: [`${names[store]} ${atSecond(first.atUs, run.manifest.startedAtUs)}: ${first.reason}`],
    };
  }
  const byAnswers = answered.length === 0 ? null : byNumbers(run, { store, prefix, answered, probed });
  if (starved === 0 || (byAnswers !== null && byAnswers.status !== 'pass')) return byAnswers;
  return {
    status: 'inconclusive',
    summary: `${starved} of ${counted(probes.length, 'probe')} of the server's statistics got no answer in time while the machine had no CPU to spare`,
    measures: byAnswers?.measures ?? probed,
    evidence: [],
  };
}

/** Probes without an answer in time, for half of which or more the server had no CPU. */
function starvedProbes(run: Run): (timed: TimedProbe) => boolean {
  const full = starvedSpans(run);
  return ({ atUs, probe }) => {
    if (probe.state !== 'failed' || probe.failure !== 'timeout') return false;
    const tookUs = probe.latencyMs * 1000;
    return coverHalf(full, { fromUs: atUs - tookUs, toUs: atUs });
  };
}

interface AnsweredProbe {
  readonly atUs: number;
  readonly numbers: Readonly<Record<string, number>>;
}

const answeredOf = (probes: readonly TimedProbe[]): readonly AnsweredProbe[] =>
  probes.flatMap(({ atUs, probe }) => (probe.state === 'ok' ? [{ atUs, numbers: probe.numbers }] : []));

const usesOf = (answered: readonly AnsweredProbe[]) =>
  answered.flatMap(({ atUs, numbers }) => {
    const use = poolUse(numbers);
    return use === null ? [] : [{ ...use, atUs }];
  });

/** When a pool of the server was near exhaustion for want of connections, not of CPU. */
export function fullPoolSpans(run: Run, store: StoreName): readonly Span[] {
  const { nearExhaustion } = run.manifest.profile.criteria.pool;
  const full = starvedSpans(run);
  const near = nearPairs(usesOf(answeredOf(probesOf(run, store))), nearExhaustion);
  return near.filter((span) => !coverHalf(full, span));
}

interface Answered {
  readonly store: StoreName;
  readonly prefix: string;
  readonly answered: readonly AnsweredProbe[];
  readonly probed: readonly Measure[];
}

/** From each probe that met a pool near exhaustion to the next, if that met one as well: one alone may have met a burst, for which a pool is there. */
function nearPairs(
  uses: readonly { readonly share: number; readonly atUs: number }[],
  nearExhaustion: number,
): readonly Span[] {
  return uses.flatMap(({ share, atUs }, n) => {
    const next = uses[n + 1];
    const isPair = next !== undefined && Math.min(share, next.share) >= nearExhaustion;
    return isPair ? [{ fromUs: atUs, toUs: next.atUs }] : [];
  });
}

/** Whether errors were counted at such times alone: each from one answered probe to the next. */
function grewIn(answered: readonly AnsweredProbe[], holds: (span: Span) => boolean): boolean {
  let before: { readonly atUs: number; readonly errors: number } | null = null;
  for (const { atUs, numbers } of answered) {
    const { errors } = numbers;
    if (errors === undefined) continue;
    if (before !== null && errors > before.errors && !holds({ fromUs: before.atUs, toUs: atUs })) return false;
    before = { atUs, errors };
  }
  return true;
}

/** Judges a store whose probes all answered by the errors and the pool in their numbers. */
function byNumbers(run: Run, { store, prefix, answered, probed }: Answered): JudgedStore {
  const errors = answered.flatMap(({ numbers }) => numbers.errors ?? []);
  const newErrors = errors.reduce((max, value) => Math.max(max, value), 0) - (errors[0] ?? 0);
  const measures: readonly Measure[] = [
    ...probed,
    ...(errors.length === 0
      ? []
      : [{ name: `${prefix}-errors`, value: newErrors, unit: 'count' as const, threshold: 0 }]),
  ];
  const evidence: readonly string[] = [];
  const full = starvedSpans(run);
  if (newErrors > 0) {
    const summary = `${counted(newErrors, 'error')} during the run, by the server's statistics`;
    if (grewIn(answered, (span) => coverHalf(full, span))) {
      return {
        status: 'inconclusive',
        summary: `${summary}, all while the machine had no CPU to spare: the server may have waited for it, and not for ${names[store]}`,
        ...{ measures, evidence },
      };
    }
    return { faults: [{ store, fault: 'errors' }], status: 'fail', summary, ...{ measures, evidence } };
  }
  const uses = usesOf(answered);
  const fullest = uses.reduce<(typeof uses)[number] | null>((a, b) => (a === null || b.share > a.share ? b : a), null);
  const { nearExhaustion } = run.manifest.profile.criteria.pool;
  const near = nearPairs(uses, nearExhaustion);
  const staysNear = near.some((span) => !coverHalf(full, span));
  const why = near.length > 0 && !staysNear ? ' while the machine had no CPU to spare' : '';
  const pool = fullest === null ? '' : `; pool max ${fullest.inUse} of ${fullest.size} in use${why}`;
  return {
    ...(staysNear ? { faults: [{ store, fault: 'pool' as const }] } : {}),
    status: staysNear ? 'warn' : 'pass',
    summary: `${counted(answered.length, 'probe')} of the server's statistics, no errors${pool}`,
    evidence,
    measures: [
      ...measures,
      ...(fullest === null
        ? []
        : [
            { name: `${prefix}-max-pool-use`, value: fullest.share, unit: 'share' as const, threshold: nearExhaustion },
          ]),
    ],
  };
}
