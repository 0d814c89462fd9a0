import type { PostgresLookLine, RedisLookLine } from '../../contract/journal/journal.ts';
import {
  levelOf,
  postgresTroubles,
  redisTroubles,
  type Trouble,
  type TroubleKind,
  troubleTable,
} from '../../contract/journal/store-troubles.ts';
import type { Thresholds } from '../../contract/report/thresholds.ts';
import { type Run, samplesOf } from '../interpret/run.ts';
import type { Span } from '../journal/timeline.ts';
import { counted } from '../words.ts';
import { failedMeanwhile } from './failed-meanwhile.ts';
import { leftSessions } from './idle-sessions.ts';

/** A trouble over the whole run. */
export interface TroubleOfRun {
  readonly kind: TroubleKind;
  /** Added up, or the greatest. */
  readonly amount: number;
  /** The looks that showed it. */
  readonly spans: readonly Span[];
  readonly level: 'fail' | 'warn' | 'told';
  /** Beside the words of its kind. */
  readonly note: string | null;
}

type Look = RedisLookLine | PostgresLookLine;

/** What happened between two looks happened after the first of them. */
interface Found extends Span {
  readonly trouble: Trouble;
  readonly detail: string | null;
}

function foundIn(looks: readonly Look[], thresholds: Thresholds): ReadonlyMap<TroubleKind, readonly Found[]> {
  const found = new Map<TroubleKind, Found[]>();
  let before: Look | null = null;
  for (const look of looks) {
    const troubles =
      look.store === 'redis'
        ? redisTroubles(before?.store === 'redis' ? before : null, look, thresholds)
        : postgresTroubles(before?.store === 'postgres' ? before : null, look, thresholds);
    for (const trouble of troubles) {
      const detail = trouble.kind === 'redis-slow-command' && look.store === 'redis' ? look.slowestCommand : null;
      const isCount = troubleTable[trouble.kind].unit === 'count';
      const one: Found = {
        trouble,
        fromUs: isCount ? (before?.atUs ?? look.atUs) : look.atUs,
        toUs: look.atUs + look.latencyMs * 1000,
        detail,
      };
      const known = found.get(trouble.kind);
      if (known === undefined) found.set(trouble.kind, [one]);
      else known.push(one);
    }
    before = look;
  }
  return found;
}

/** Every trouble that the looks show, with how bad it is. */
export function troublesOfRun(run: Run, looks: readonly Look[]): readonly TroubleOfRun[] {
  const { criteria } = run.manifest.profile;
  const found = foundIn(looks, criteria);
  const ofLooks = [...found].map(([kind, all]) => {
    const isCount = troubleTable[kind].unit === 'count';
    const amount = all.reduce(
      (sum, { trouble }) => (isCount ? sum + trouble.amount : Math.max(sum, trouble.amount)),
      0,
    );
    const detail = all.find(({ trouble }) => trouble.amount === amount)?.detail ?? null;
    return {
      kind,
      amount,
      spans: all,
      ...leveled(run, { kind, amount }, { all, detail, refusals: refusalsOf(kind, looks.at(-1), found) }),
    };
  });
  return [...ofLooks, ...leftOpen(run, looks)];
}

/** Only all looks together show that sessions stay. */
function leftOpen(run: Run, looks: readonly Look[]): readonly TroubleOfRun[] {
  const kind = 'postgres-idle-sessions';
  const left = leftSessions(
    run,
    looks.filter((look) => look.store === 'postgres'),
  );
  if (left === null) return [];
  const { count: amount, note } = left;
  return [{ kind, amount, spans: [left], level: levelOf({ kind, amount }, run.manifest.profile.criteria), note }];
}

/** Longer than between two samples, or as a costly look at page tables takes. */
const nearUs = 2_000_000;
const saturatedPercent = 95;

function leveled(
  run: Run,
  trouble: Trouble,
  {
    all,
    detail,
    refusals,
  }: {
    readonly all: readonly Found[];
    readonly detail: string | null;
    /** Null where the store does not count them. */
    readonly refusals: string | null;
  },
): Pick<TroubleOfRun, 'level' | 'note'> {
  const level = levelOf(trouble, run.manifest.profile.criteria);
  switch (trouble.kind) {
    case 'redis-evicted':
      return evicted(run.manifest.profile.redisUse);
    case 'redis-slow-command':
      return { level, note: detail };
    case 'redis-over-memory':
    case 'redis-no-slot':
    case 'postgres-no-slot': {
      if (refusals !== null) return { level, note: refusals };
      const note = failedMeanwhile(run, all);
      return { level: note === null ? 'warn' : 'fail', note: note ?? 'whether it refused any is not known' };
    }
    case 'redis-slow':
    case 'postgres-slow': {
      const isBusy = all
        .filter(({ trouble: one }) => levelOf(one, run.manifest.profile.criteria) === level)
        .every((span) => isSaturated(run, span));
      return isBusy
        ? {
            level: level === 'fail' ? 'warn' : 'told',
            note: 'the machine had no CPU to spare, which may be the reason',
          }
        : { level, note: null };
    }
    default:
      return { level, note: null };
  }
}

/** Whom a full store refused, in words, where it counts that: then each refusal is a trouble of its own, which fails by itself. */
function refusalsOf(
  kind: TroubleKind,
  look: Look | undefined,
  found: ReadonlyMap<TroubleKind, readonly Found[]>,
): string | null {
  if (look?.store !== 'redis' || (kind !== 'redis-over-memory' && kind !== 'redis-no-slot')) return null;
  const isMemory = kind === 'redis-over-memory';
  if ((isMemory ? look.fullErrors : look.connectionsRefused) === null) return null;
  const refused = (found.get(isMemory ? 'redis-writes-refused' : 'redis-connections-refused') ?? []).reduce(
    (sum, { trouble }) => sum + trouble.amount,
    0,
  );
  return `it refused ${refused === 0 ? 'none' : counted(refused, isMemory ? 'write' : 'connection')}`;
}

function evicted(use: 'state' | 'cache' | 'unknown'): Pick<TroubleOfRun, 'level' | 'note'> {
  if (use === 'state') return { level: 'fail', note: 'the profile says that it holds state, which is lost so' };
  if (use === 'cache') return { level: 'told', note: 'the profile says that it is a cache' };
  return {
    level: 'warn',
    note: 'which keys is not known: idempotency keys and counts of a limiter are lost so, a cache loses nothing; say redisUse in the profile',
  };
}

function isSaturated(run: Run, { fromUs, toUs }: Span): boolean {
  for (const { atUs, machineCpuPercent } of samplesOf(run)) {
    if (atUs < fromUs - nearUs || atUs > toUs + nearUs) continue;
    if ((machineCpuPercent ?? 0) >= saturatedPercent) return true;
  }
  return false;
}
