import type { ProbeResult, ServerSampleLine, StoreName } from '../../contract/journal/journal.ts';
import { isAnswer, isWithoutFigures } from '../../contract/journal/probe-failures.ts';
import { restartSpan } from '../interpret/restart.ts';
import { type Run, samplesOf, serverOf } from '../interpret/run.ts';
import { coverHalf } from '../interpret/spans.ts';
import { starvedSpans } from '../interpret/starvation.ts';
import { loadStartUs } from './load-start.ts';

/** A probe's result stands in the sample after it came, and it is waited for no longer than this. */
const maxProbeUs = 3_000_000;

type Failed = Extract<ProbeResult, { state: 'failed' }>;

export interface FailedProbe {
  readonly atUs: number;
  readonly probe: Failed;
}

export interface AnsweredProbe {
  readonly atUs: number;
  readonly numbers: Readonly<Record<string, number>>;
}

/** What the server answered when it was asked for its statistics of a store. */
export interface StatisticsProbes {
  /** How many times it was asked, except before the load where that failed and went well later. */
  readonly asked: number;
  readonly answered: readonly AnsweredProbe[];
  /** Answers that tell of no store: 401, 404, 429, a page of HTML. */
  readonly withoutFigures: readonly FailedProbe[];
  /** No answer in time, for half of which or more the server had no CPU. */
  readonly starved: readonly FailedProbe[];
  /** From afar: errors while the health check was answered with errors, too, as by a proxy before a server that is down. */
  readonly unsure: readonly FailedProbe[];
  readonly failed: readonly FailedProbe[];
  /** Whether the server has no such route for us: it never told figures, and its answers tell of no store. */
  readonly isAbsent: boolean;
}

interface TimedProbe {
  readonly atUs: number;
  readonly probe: ProbeResult;
  readonly health: ProbeResult | null;
}

const isTooOften = ({ probe }: FailedProbe): boolean => probe.status === 429;

export function statisticsProbes(run: Run, store: StoreName): StatisticsProbes {
  const all = probesOf(run, store);
  const answered = all.flatMap(({ atUs, probe }) => (probe.state === 'ok' ? [{ atUs, numbers: probe.numbers }] : []));
  const fromUs = loadStartUs(run);
  // A server that begins to tell figures as it starts, before the load, is none that failed under it.
  const counted = answered.length === 0 ? all : all.filter(({ atUs, probe }) => probe.state === 'ok' || atUs >= fromUs);
  const full = starvedSpans(run);
  const isFromAfar = serverOf(run)?.identity.rootPid === 0;
  const withoutFigures: FailedProbe[] = [];
  const starved: FailedProbe[] = [];
  const unsure: FailedProbe[] = [];
  const failed: FailedProbe[] = [];
  for (const { atUs, probe, health } of counted) {
    if (probe.state !== 'failed') continue;
    const isStarved =
      probe.failure === 'timeout' && coverHalf(full, { fromUs: atUs - probe.latencyMs * 1000, toUs: atUs });
    const isUnsure = isFromAfar && health?.state === 'failed' && !isWithoutFigures(health);
    const kind = isWithoutFigures(probe) ? withoutFigures : isStarved ? starved : isUnsure ? unsure : failed;
    kind.push({ atUs, probe });
  }
  // Who is told to ask less often was told nothing of the route.
  const saysAbsent =
    all.some(({ probe }) => probe.state === 'unavailable') || withoutFigures.some((each) => !isTooOften(each));
  const isRefused = withoutFigures.length > 0 && failed.length === 0;
  const isAbsent = answered.length === 0 && (saysAbsent || isRefused);
  return { asked: counted.length, answered, withoutFigures, starved, unsure, failed, isAbsent };
}

/** Those that ran while the server itself was down say nothing about the store. */
function probesOf(run: Run, store: StoreName): readonly TimedProbe[] {
  const span = restartSpan(run);
  const isFromAfar = serverOf(run)?.identity.rootPid === 0;
  return samplesOf(run).flatMap((sample) => {
    const { atUs, health } = sample;
    const probe = sample[store === 'redis' ? 'redis' : 'database'];
    const restarting = span !== null && atUs >= span.fromUs && atUs <= span.toUs + maxProbeUs;
    const isDown = isFromAfar ? isSilent(sample, probe) : sample.processes.length === 0;
    return probe === null || isDown || restarting ? [] : [{ atUs, probe, health }];
  });
}

/** From afar, who does not answer may be down or out of reach: its health check, asked at the same time, tells that apart. */
function isSilent({ health }: ServerSampleLine, probe: ProbeResult | null): boolean {
  const told = health ?? probe;
  return told?.state === 'failed' && !isAnswer(told.failure);
}
