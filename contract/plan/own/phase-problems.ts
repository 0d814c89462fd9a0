import type { SignalContent } from '../signal-content.ts';
import type { Sizes } from '../sizes.ts';
import type { OwnPhase, Retries } from './phases.ts';

// What is wrong with a phase as its user wrote it, one sentence each. Types do not keep out what is worked out, such as NaN.

/** More webhooks, VUs or seconds than this are a slip. */
const maxWebhooks = 1000;
const maxSeconds = 2_592_000;

/** Names of k6 scenarios that are ours: they stand in the ledger beside the phases. */
const reservedNames: readonly string[] = ['readback', 'setup', 'teardown', 'default'];

interface Range {
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
}

function outside(what: string, value: unknown, { min, max, whole = false }: Range): readonly string[] {
  const isRight = typeof value === 'number' && value >= min && value <= max && (!whole || Number.isInteger(value));
  return isRight
    ? []
    : [`${what} is ${String(value)}; it must be a ${whole ? 'whole number' : 'number'} from ${min} to ${max}`];
}

function positive(what: string, value: unknown, max: number): readonly string[] {
  const isRight = typeof value === 'number' && value > 0 && value <= max;
  return isRight ? [] : [`${what} is ${String(value)}; it must be a number above 0, at most ${max}`];
}

/** All that is wrong with one phase by itself. */
export function phaseProblems(phase: OwnPhase, sizes: Sizes): readonly string[] {
  const name = typeof phase.name === 'string' ? phase.name : String(phase.name);
  const own = [
    ...outside('afterMs', phase.afterMs ?? 0, { min: 0, max: maxSeconds * 1000 }),
    ...outside('webhooks', phase.webhooks ?? 1, { min: 1, max: maxWebhooks, whole: true }),
    ...('content' in phase && phase.content !== undefined ? contentProblems(phase.content) : []),
    ...kindProblems(phase, sizes),
  ];
  return [...nameProblems(name), ...own.map((problem) => `phase "${name}": ${problem}`)];
}

function nameProblems(name: string): readonly string[] {
  if (!/^[a-z][a-z0-9_-]{0,39}$/.test(name)) {
    return [
      `a phase has the name "${name}"; it must begin with a small letter and hold small letters, digits, "-" and "_", at most 40`,
    ];
  }
  return reservedNames.includes(name) ? [`a phase has the name "${name}", which is taken: choose another one`] : [];
}

function contentProblems(content: SignalContent): readonly string[] {
  const empty = Object.entries(content).flatMap(([what, values]) =>
    Array.isArray(values) && values.length > 0 ? [] : [`content.${what} must be a list with one value or more`],
  );
  const numbers = [...(content.quantities ?? []), ...(content.prices ?? [])];
  return [...empty, ...(numbers.every(Number.isFinite) ? [] : ['quantities and prices in content must be numbers'])];
}

/** MAX_RATE bounds every phase, whoever plans it. */
function rateProblems(what: string, perSecond: number, { MAX_RATE }: Sizes, min = 0): readonly string[] {
  const range = outside(what, perSecond, { min, max: 100_000 });
  if (range.length > 0) return range;
  return perSecond > MAX_RATE
    ? [`${what} is ${perSecond}, more than MAX_RATE=${MAX_RATE}: lower it, or raise MAX_RATE`]
    : [];
}

function kindProblems(phase: OwnPhase, sizes: Sizes): readonly string[] {
  switch (phase.kind) {
    case 'constant-rate':
      return [
        ...rateProblems('perSecond', phase.perSecond, sizes, 0.001),
        ...outside('seconds', phase.seconds, { min: 1, max: maxSeconds }),
      ];
    case 'ramping-rate':
      return [
        ...rateProblems('startPerSecond', phase.startPerSecond ?? 0, sizes),
        ...(phase.stages.length === 0 ? ['it has no stages'] : []),
        ...phase.stages.flatMap(({ seconds, perSecond }, n) => [
          ...rateProblems(`perSecond of stage ${n + 1}`, perSecond, sizes),
          ...outside(`seconds of stage ${n + 1}`, seconds, { min: 0, max: maxSeconds }),
        ]),
      ];
    case 'burst':
      return outside('count', phase.count, { min: 2, max: Math.min(2000, sizes.MAX_RATE), whole: true });
    case 'replay':
      return positive('speed', phase.speed ?? 1, 1e6);
    case 'retries':
      return retriesProblems(phase);
  }
}

function retriesProblems(phase: Retries): readonly string[] {
  const { like, count, everyMs, faster, cutsMs } = phase;
  const pauses = typeof like === 'string' ? [] : like;
  const isPattern = typeof like === 'string' ? like === 'github' || like === 'stripe' : like.length > 0;
  return [
    ...outside('count', count, { min: 1, max: 1_000_000, whole: true }),
    ...(isPattern
      ? []
      : [`like is ${JSON.stringify(like)}; it must be "github", "stripe" or a list of pauses in milliseconds`]),
    ...pauses.flatMap((ms, n) => outside(`pause ${n + 1} of like`, ms, { min: 0, max: maxSeconds * 1000 })),
    ...(everyMs === undefined ? [] : positive('everyMs', everyMs, maxSeconds * 1000)),
    ...(faster === undefined ? [] : positive('faster', faster, 1e9)),
    ...(cutsMs?.length === 0 ? ['cutsMs is empty: leave it out, or name some moments'] : []),
    ...(cutsMs ?? []).flatMap((ms, n) =>
      ms === null ? [] : outside(`moment ${n + 1} of cutsMs`, ms, { min: 0, max: 60_000 }),
    ),
  ];
}
