import type { StoreName } from '../../contract/journal/journal.ts';
import { poolUse } from '../../contract/journal/pool.ts';
import { statisticsRemedy, unwatchedRemedies } from '../../contract/profile/unwatched-store.ts';
import type { Measure } from '../../contract/report/report.ts';
import type { Run } from '../interpret/run.ts';
import { coverHalf } from '../interpret/spans.ts';
import { starvedSpans } from '../interpret/starvation.ts';
import type { Span } from '../journal/timeline.ts';
import { atSecond, counted } from '../words.ts';
import { type JudgedStore, names, prefixes, urlNames } from './judged-store.ts';
import { loadStartUs } from './load-start.ts';
import { type AnsweredProbe, type FailedProbe, type StatisticsProbes, statisticsProbes } from './statistics-probes.ts';

const fieldOf = (store: StoreName) => (store === 'redis' ? 'redis' : 'database');

/** What the server's own statistics say of a store; null if it has none. */
export function judgeRoutes(run: Run, store: StoreName): JudgedStore | null {
  const probes = statisticsProbes(run, store);
  if (probes.isAbsent) return null;
  const { asked, answered, starved, failed } = probes;
  const prefix = prefixes[store];
  const probed: readonly Measure[] = [
    { name: `${prefix}-probes`, value: asked, unit: 'count' },
    { name: `${prefix}-failed-probes`, value: failed.length, unit: 'count', threshold: 0 },
    ...(starved.length === 0
      ? []
      : [{ name: `${prefix}-starved-probes`, value: starved.length, unit: 'count' as const }]),
  ];
  const [first] = failed;
  if (first !== undefined) {
    const evidence = [`${names[store]} ${atSecond(first.atUs, run.manifest.startedAtUs)}: ${first.probe.reason}`];
    const summary = `${failed.length} of ${counted(asked, 'probe')} of the server's statistics failed`;
    if (answered.length === 0 && first.atUs < loadStartUs(run)) {
      const why = `${summary}, the first before the load began, and none told figures: the load is not why (${remedyOfBroken(store)})`;
      return { status: 'inconclusive', summary: why, measures: probed, evidence };
    }
    return { faults: [{ store, fault: 'statistics' }], status: 'fail', summary, measures: probed, evidence };
  }
  const byAnswers = answered.length === 0 ? null : byNumbers(run, { store, prefix, answered, probed });
  const unseen = unseenIn(probes, store);
  if (unseen.length === 0 || (byAnswers !== null && byAnswers.status !== 'pass')) return byAnswers;
  const measures = byAnswers?.measures ?? probed;
  return { status: 'inconclusive', summary: unseen.join('; '), measures, evidence: [] };
}

const remedyOfBroken = (store: StoreName): string =>
  `see in the server's log why its statistics fail, or set monitoring.${fieldOf(store)} of the profile to null and ${unwatchedRemedies[fieldOf(store)]}`;

/** Why a part of the answers does not tell how the store was, a sentence a reason. */
function unseenIn({ asked, withoutFigures, starved, unsure }: StatisticsProbes, store: StoreName): readonly string[] {
  const of = (some: readonly FailedProbe[]): string =>
    `${some.length} of ${counted(asked, 'probe')} of the server's statistics`;
  const [refused] = withoutFigures;
  const [error] = unsure;
  return [
    ...(starved.length === 0 ? [] : [`${of(starved)} got no answer in time while the machine had no CPU to spare`]),
    ...(refused === undefined
      ? []
      : [
          `${of(withoutFigures)} were answered without figures (${refused.probe.reason}): ${statisticsRemedy(fieldOf(store), refused.probe.status)}`,
        ]),
    ...(error === undefined
      ? []
      : [
          `${of(unsure)} failed (${error.probe.reason}) while the health check failed, too: from afar nobody knows whether the store was why; set ${urlNames[store]}`,
        ]),
  ];
}

/** What a server answers that tells no statistics of a store, and what to do; null where it says that there are none (404), and where it tells them. */
export function whyNoStatistics(run: Run, store: StoreName): string | null {
  const { isAbsent, withoutFigures } = statisticsProbes(run, store);
  const [first] = withoutFigures;
  if (!isAbsent || first === undefined) return null;
  const path = run.manifest.profile.monitoring[fieldOf(store)] ?? 'its route';
  const remedy = statisticsRemedy(fieldOf(store), first.probe.status);
  return `${path} tells no statistics: ${first.probe.reason}; if the server tells them, ${remedy}`;
}

const usesOf = (answered: readonly AnsweredProbe[]) =>
  answered.flatMap(({ atUs, numbers }) => {
    const use = poolUse(numbers);
    return use === null ? [] : [{ ...use, atUs }];
  });

/** When a pool of the server was near exhaustion for want of connections, not of CPU. */
export function fullPoolSpans(run: Run, store: StoreName): readonly Span[] {
  const { nearExhaustion } = run.manifest.profile.criteria.pool;
  const full = starvedSpans(run);
  const near = nearPairs(usesOf(statisticsProbes(run, store).answered), nearExhaustion);
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
