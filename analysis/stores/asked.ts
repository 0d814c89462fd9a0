import type {
  PostgresLookLine,
  RedisLookLine,
  StoreFailureLine,
  StoreLine,
  StoreName,
} from '../../contract/journal/journal.ts';
import { failureWords } from '../../contract/journal/store-failures.ts';
import { troubleTable } from '../../contract/journal/store-troubles.ts';
import type { Status } from '../../contract/report/criteria.ts';
import type { Measure } from '../../contract/report/report.ts';
import { type Run, samplesOf, serverOf } from '../interpret/run.ts';
import { coverHalf } from '../interpret/spans.ts';
import { slowMachineSpans } from '../interpret/starvation.ts';
import { type Recovery, recoveryInWords, recoveryMeasures } from '../processes/recovery.ts';
import { max } from '../statistics.ts';
import { atSecond, counted } from '../words.ts';
import { figuresOf } from './figures.ts';
import { idleWords } from './idle-sessions.ts';
import { type JudgedStore, names, prefixes, products, urlNames } from './judged-store.ts';
import { loadStartUs, sinceLoad } from './load-start.ts';
import { accusing, type Outage, outagesIn } from './outages.ts';
import { recoveriesFrom } from './recoveries.ts';
import { faultOfFailure, faultOfTrouble } from './store-faults.ts';
import { type TroubleOfRun, troublesOfRun } from './troubles.ts';
import { isUnused } from './unused.ts';

type Look = RedisLookLine | PostgresLookLine;

/** Longer between two looks is a hole: one that fails takes 3 s, and the next comes 2 s later at most. */
const maxPauseUs = 10_000_000;

/** What a store said when the monitor asked it itself; null if it did not ask. */
export function judgeAsked(run: Run, store: StoreName): JudgedStore | null {
  const all: readonly StoreLine[] = serverOf(run)?.stores[store] ?? [];
  const lines = sinceLoad(run, all);
  if (lines.length === 0) return null;
  const looks = lines.filter((line): line is Look => !('failure' in line));
  const outages = outagesIn(lines);
  const troubles = troublesOfRun(run, looks);
  const isStarved = outages.length === 0 ? () => false : starvedLooks(run);
  const everAnswered = all.some((line) => !('failure' in line));
  const accused = outages.flatMap((outage) => accusing(outage, everAnswered)).filter((line) => !isStarved(line));
  const failed = lines.length - looks.length;
  const prefix = prefixes[store];
  const recoveries = recoveriesFrom(run, outages, everAnswered);
  const measures: readonly Measure[] = [
    { name: `${prefix}-looks`, value: lines.length, unit: 'count' },
    { name: `${prefix}-failed-looks`, value: failed, unit: 'count', threshold: 0 },
    ...figuresOf(looks, troubles, run.manifest.profile.criteria),
    ...recoveryMeasures([...recoveries.values()]).map((one) => ({ ...one, name: `${prefix}-${one.name}` })),
  ];
  const evidence = [
    ...outages.map((outage) => outageWords(run, store, outage, recoveries.get(outage))),
    ...ranked(troubles).map((trouble) => troubleWords(run, store, trouble)),
    ...idleWords(looks.filter((look) => look.store === 'postgres')).map((words) => `${names[store]}: ${words}`),
    ...unseenWords(looks).map((what) => `${names[store]}: the monitor could not see ${what}`),
  ];
  const isFail = accused.length > 0 || troubles.some(({ level }) => level === 'fail');
  const status = isFail ? 'fail' : troubles.some(({ level }) => level === 'warn') ? 'warn' : 'pass';
  const open = isFail ? null : openQuestion(run, store, { lines, looks, outages, isStarved });
  const complained = ranked(troubles).filter(({ level }) => level === status);
  return {
    faults: [
      ...accused.map(({ failure }) => ({ store, fault: faultOfFailure[failure] })),
      ...complained.map(({ kind }) => ({ store, fault: faultOfTrouble[kind] })),
    ],
    status: open === null ? status : 'inconclusive',
    summary: open ?? summaryOf(status, { lines, looks, accused, troubles }),
    measures,
    evidence,
  };
}

/** Looks that got no answer in time, for half of which or more the machine was full and slow: whose delay it was is not known. */
function starvedLooks(run: Run): (line: StoreFailureLine) => boolean {
  const full = slowMachineSpans(samplesOf(run));
  return ({ failure, atUs, tookMs }) =>
    failure === 'timeout' && coverHalf(full, { fromUs: atUs, toUs: atUs + tookMs * 1000 });
}

interface Seen {
  readonly lines: readonly StoreLine[];
  readonly looks: readonly Look[];
}

interface WithOutages {
  readonly outages: readonly Outage[];
  readonly isStarved: (line: StoreFailureLine) => boolean;
}

/** Why nothing can be said although nothing bad was seen; null where something can. */
function openQuestion(run: Run, store: StoreName, seen: Seen & WithOutages): string | null {
  const { lines, looks, outages, isStarved } = seen;
  const first = outages[0]?.failures[0];
  if (looks.length === 0 && first !== undefined) {
    return `asked ${counted(lines.length, 'time')} by the monitor, and it never answered: it ${failureWords(first)}; is it up, and is ${urlNames[store]} right?`;
  }
  if (first !== undefined) {
    const why = isStarved(first) ? ' while the machine had no CPU to spare' : '';
    return `the monitor could not look at it all the time: it ${failureWords(first)}${why}`;
  }
  if (isUnused(looks)) {
    const what = store === 'redis' ? 'Redis' : 'database';
    return `nobody but the monitor used it: does ${urlNames[store]} name the server's ${what}?`;
  }
  const hole = holeIn(run, lines);
  return hole === null ? null : `the monitor did not look at it ${hole}`;
}

/** A time under load without a look, in words. */
function holeIn(run: Run, lines: readonly StoreLine[]): string | null {
  const { startedAtUs } = run.manifest;
  const fromUs = loadStartUs(run);
  const toUs = max(run.scenarios.flatMap(({ window }) => window.endedAtUs ?? [])) ?? fromUs;
  const moments = [fromUs, ...lines.map(({ atUs }) => atUs).filter((atUs) => atUs > fromUs && atUs < toUs), toUs];
  for (const [n, atUs] of moments.entries()) {
    const next = moments[n + 1];
    if (next === undefined || next - atUs <= maxPauseUs) continue;
    return `${atSecond(atUs, startedAtUs)} and for ${((next - atUs) / 1e6).toFixed(1)} s`;
  }
  return null;
}

function summaryOf(
  status: Status,
  {
    lines,
    looks,
    accused,
    troubles,
  }: Seen & {
    readonly accused: readonly StoreFailureLine[];
    readonly troubles: readonly TroubleOfRun[];
  },
): string {
  const [first] = accused;
  const down =
    first === undefined
      ? []
      : [
          `${accused.length} of ${counted(lines.length, 'check')} failed: ${products[first.store]} ${failureWords(first)}`,
        ];
  const worst = troubles
    .filter(({ level }) => level === status)
    .map(({ kind, amount }) => `it ${troubleTable[kind].words(amount)}`);
  const said = [...down, ...worst];
  if (said.length > 0) return said.join('; ');
  const slowestMs = max(looks.map(({ latencyMs }) => latencyMs)) ?? 0;
  return `asked ${counted(looks.length, 'time')} by the monitor, no errors, answered within ${slowestMs.toFixed(1)} ms`;
}

const weights = { fail: 0, warn: 1, told: 2 } as const;
const ranked = (troubles: readonly TroubleOfRun[]): readonly TroubleOfRun[] =>
  troubles.toSorted((a, b) => weights[a.level] - weights[b.level]);

/** Two looks that are no further apart are told as one moment. */
const betweenUs = 3_000_000;

function troubleWords(run: Run, store: StoreName, { kind, amount, spans, note }: TroubleOfRun): string {
  const { startedAtUs } = run.manifest;
  const [first, last] = [spans[0], spans.at(-1)];
  const [fromUs, toUs] = [first?.fromUs ?? startedAtUs, last?.toUs ?? 0];
  const secondsOf = (us: number): string => `${((us - startedAtUs) / 1e6).toFixed(1)} s`;
  // What is counted happened at some time between two looks, which an outage keeps apart.
  const isBetween = spans.length === 1 && troubleTable[kind].unit === 'count' && toUs - fromUs > betweenUs;
  const until = spans.length > 1 ? ` until ${secondsOf(toUs)}` : '';
  const when = isBetween
    ? `between ${secondsOf(fromUs)} and ${secondsOf(toUs)}`
    : `${atSecond(fromUs, startedAtUs)}${until}`;
  return `${names[store]} ${when}: ${troubleTable[kind].words(amount)}${note === null ? '' : ` (${note})`}`;
}

function outageWords(run: Run, store: StoreName, outage: Outage, recovery: Recovery | undefined): string {
  const { failures, fromUs, toUs } = outage;
  const { startedAtUs } = run.manifest;
  const kinds = [...new Map(failures.map((line) => [line.failure, line])).values()];
  const back =
    toUs === null
      ? 'it did not answer again'
      : `it answered again ${atSecond(toUs, startedAtUs)}${lengthWords(outage)}`;
  return `${names[store]} ${atSecond(fromUs, startedAtUs)}: it ${kinds.map(failureWords).join(', then ')}; ${back}${recovery === undefined ? '' : `; ${recoveryInWords(recovery)}`}`;
}

/** It was away from some time between two looks until some time between two others. */
function lengthWords({ failures, fromUs, lastAnsweredUs, toUs }: Outage): string {
  const last = failures.at(-1);
  if (last === undefined || lastAnsweredUs === null || toUs === null) return '';
  const seconds = (us: number): string => (us / 1e6).toFixed(1);
  const atLeast = seconds(last.atUs - fromUs);
  const atMost = `${seconds(toUs - lastAnsweredUs)} s`;
  return atLeast === '0.0' ? `, away for at most ${atMost}` : `, away for between ${atLeast} and ${atMost}`;
}

function unseenWords(looks: readonly Look[]): readonly string[] {
  return [...new Set(looks.flatMap(({ unseen }) => unseen))];
}
