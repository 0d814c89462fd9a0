import { phases } from '../../contract/plan/plan.ts';
import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import type { FindingPart } from '../../contract/report/report.ts';
import { countedTogether, usesQuota } from '../interpret/expected-outcome.ts';
import type { Ledger } from '../journal/ledger.ts';
import type { Run } from '../journal/run.ts';
import { surelyWithin } from '../limiter/bounds.ts';
import { clockWasEven } from '../limiter/clock-steps.ts';
import { type Conformance, conformanceOf } from '../limiter/conformance.ts';
import { Contradictions } from '../limiter/contradictions.ts';
import { nameOfExcess, nameOfRefusals } from '../limiter/faults.ts';
import type { IsolatedBurst } from '../limiter/isolated-bursts.ts';
import { describeFit, type KindFit, kindFit, kindFits } from '../limiter/kind.ts';
import { boundary } from '../limiter/probes/boundary.ts';
import { bursts } from '../limiter/probes/bursts.ts';
import { double } from '../limiter/probes/double.ts';
import { forwarded } from '../limiter/probes/forwarded.ts';
import { isolation } from '../limiter/probes/isolation.ts';
import { legitimate } from '../limiter/probes/legitimate.ts';
import type { Probe } from '../limiter/probes/probe.ts';
import { recovery } from '../limiter/probes/recovery.ts';
import { type RetryAfterAccount, retryAfterOf } from '../limiter/retry-after.ts';
import { counted } from '../words.ts';
import { type Judgement, ledgersOf, type Rule } from './rule.ts';

const probes: readonly Probe[] = [recovery, boundary, double, legitimate, isolation, bursts, forwarded];

/** The scenarios that go beyond the limit; the others stay within it and can only show what is wrong. */
const challenging: readonly string[] = ['hft', 'rate-limit'];

export const rateLimiter: Rule = {
  criterion: 'rate-limiter',
  scenarios: ['hft', 'rate-limit'],
  needs: (run) => ledgersOf(rateLimiter, run),
  judge(run) {
    const { limiter } = run.manifest.profile;
    if (limiter.kind === 'none') return { status: 'not-applicable', summary: 'the target declares no rate limiter' };
    if (run.scenarios.every(({ ledger }) => ledger === null)) {
      return { status: 'inconclusive', summary: 'there is no ledger' };
    }
    const seen = lookAt(run, limiter);
    const declared = `${limiter.kind === 'unknown' ? 'undeclared kind' : limiter.kind} of ${limiter.limit} per ${limiter.windowMs} ms`;
    const fits = limiter.kind === 'unknown' || seen.excess.count > 0 ? fitsOf(run, limiter) : [];
    const parts = partsOf(run, limiter, seen, fits);
    const judgement = judged(limiter, seen, fits, parts);
    return {
      ...judgement,
      summary: `${declared}: ${judgement.summary}`,
      evidence: [...(judgement.evidence ?? []), ...(limiter.kind === 'unknown' ? fitLines(fits) : [])],
      parts,
    };
  },
};

/** All that the ledgers show, folded over scenarios and counts. */
interface Seen {
  /** No step of the server's clock can explain what is contradicted. */
  readonly even: boolean;
  readonly excess: Contradictions;
  readonly wrongful: Contradictions;
  readonly tooShort: Contradictions;
  readonly tooLong: Contradictions;
  readonly retryAfter: Pick<RetryAfterAccount, 'refusals' | 'missing' | 'longestMs'>;
  readonly bursts: readonly IsolatedBurst[];
  readonly verdicts: Readonly<Record<Conformance['verdict'], number>>;
  readonly wrongfulAfterRefusals: number;
  /** By phase of rate-limit. */
  readonly wrongfulByPhase: ReadonlyMap<string, number>;
  /** Requests of the quiet webhook beside a noisy one. */
  readonly quietSent: number;
  readonly limited: number;
  readonly decisive: number;
  readonly maxWithinWindow: number;
}

function lookAt(run: Run, limiter: DeclaredLimiter): Seen {
  const { profile, startedAtUs } = run.manifest;
  const excess = new Contradictions();
  const wrongful = new Contradictions();
  const tooShort = new Contradictions();
  const tooLong = new Contradictions();
  const bursts: IsolatedBurst[] = [];
  const verdicts = { violates: 0, conforms: 0, inconclusive: 0 };
  const wrongfulByPhase = new Map<string, number>();
  const retryAfter = { refusals: 0, missing: 0, longestMs: 0 };
  let wrongfulAfterRefusals = 0;
  let limited = 0;
  let quietSent = 0;
  let decisive = 0;
  let maxWithinWindow = 0;
  for (const { name, ledger } of run.scenarios) {
    if (ledger === null) continue;
    for (const [webhook, indices] of countedTogether(ledger, profile)) {
      const place = limiter.scope === 'webhook' ? `${name}, webhook ${webhook}` : name;
      const conformance = conformanceOf(ledger, indices, profile, limiter, { place, startedAtUs });
      excess.addAll(conformance.excess);
      wrongful.addAll(conformance.wrongful);
      wrongfulAfterRefusals += conformance.wrongfulAfterRefusals;
      limited += conformance.limited;
      verdicts[conformance.verdict] += 1;
      if (conformance.excess.count > 0) {
        const admitted = indices.filter(
          (at) => usesQuota(ledger, at, profile) === 'yes' && ledger.phaseOf(at) !== phases.probeForwarded,
        );
        const fullest = surelyWithin(ledger, admitted, limiter.windowMs, -1)[0]?.count ?? 0;
        maxWithinWindow = Math.max(maxWithinWindow, fullest);
      }
      const account = retryAfterOf(ledger, indices, profile, limiter);
      tooShort.addAll(account.tooShort);
      tooLong.addAll(account.tooLong);
      retryAfter.refusals += account.refusals;
      retryAfter.missing += account.missing;
      retryAfter.longestMs = Math.max(retryAfter.longestMs, account.longestMs);
      if (!challenging.includes(name)) continue;
      decisive += conformance.decisive;
      bursts.push(...conformance.bursts);
      if (name !== 'rate-limit') continue;
      for (const at of indices) quietSent += ledger.phaseOf(at) === phases.probeQuiet ? 1 : 0;
      for (const [phase, count] of conformance.wrongfulByPhase) {
        wrongfulByPhase.set(phase, (wrongfulByPhase.get(phase) ?? 0) + count);
      }
    }
  }
  return {
    even: clockWasEven(run.manifest),
    excess,
    wrongful,
    tooShort,
    tooLong,
    retryAfter,
    bursts,
    verdicts,
    wrongfulAfterRefusals,
    wrongfulByPhase,
    quietSent,
    limited,
    decisive,
    maxWithinWindow,
  };
}

function judged(
  limiter: DeclaredLimiter,
  seen: Seen,
  fits: readonly KindFit[],
  parts: readonly FindingPart[],
): Judgement {
  const { excess, wrongful } = seen;
  const evidence = [...excess.texts, ...wrongful.texts];
  const named = {
    ...seen,
    limiter,
    fixedFits: fits.some(({ kind, refutedBy }) => kind === 'fixed' && refutedBy === null),
    wrongful: wrongful.count,
    wrongfulOnQuiet: seen.wrongfulByPhase.get(phases.probeQuiet) ?? 0,
  };
  const both = new Contradictions();
  both.addAll(excess);
  both.addAll(wrongful);
  const smaller = fits.find(({ burst, refutedBy }) => burst !== null && burst < limiter.limit && refutedBy === null);
  if (limiter.kind === 'unknown' && smaller !== undefined && excess.count === 0 && wrongful.count > 0) {
    return {
      status: 'inconclusive',
      summary: `it refuses within ${limiter.limit} per ${limiter.windowMs} ms, as a ${describeFit(smaller)} does: declare its kind and burst`,
      evidence,
    };
  }
  if (isProven(both, seen)) {
    const complaints = [
      ...(excess.count > 0 ? [nameOfExcess(named)] : []),
      ...(wrongful.count > 0 ? [nameOfRefusals(named)] : []),
    ];
    return { status: 'fail', summary: complaints.join('; '), evidence };
  }
  if (both.count > 0) {
    return {
      status: 'inconclusive',
      summary: `${counted(both.count, 'contradiction')} around one instant, which a step of the server's clock would explain: repeat the run`,
      evidence,
    };
  }
  if (!someKindFits(fits)) {
    return {
      status: 'inconclusive',
      summary: `no kind with ${limiter.limit} per ${limiter.windowMs} ms explains what it admitted and refused: declare its kind, limit, window and burst`,
    };
  }
  const kept = `${counted(seen.limited, 'request')} refused, none of them wrongly, and never more admitted than allowed`;
  if (seen.decisive === 0) {
    return {
      status: 'inconclusive',
      summary: `${kept}; but no burst beyond the limit stood apart from other requests, so nothing put it to the proof`,
    };
  }
  const { violates, conforms, inconclusive } = seen.verdicts;
  const proof = [
    `${counted(seen.decisive, 'burst')} beyond the limit stood apart by a window of quiet, and none had more admitted than allowed`,
    `of ${violates + conforms + inconclusive} counts, ${conforms} conform over every span looked at; in ${inconclusive} requests in flight leave some span open`,
  ];
  const warnings = [
    ...retryAfterWarnings(limiter, seen),
    ...parts.filter(({ status }) => status === 'warn').map(({ summary }) => summary),
  ];
  if (warnings.length > 0) {
    return { status: 'warn', summary: warnings.join('; '), evidence: [...seen.tooShort.texts, kept, ...proof] };
  }
  return { status: 'pass', summary: kept, evidence: proof };
}

/** Where the kind is declared only a few are looked at, and none has to fit. */
function someKindFits(fits: readonly KindFit[]): boolean {
  return fits.length === 0 || fits.some(({ refutedBy }) => refutedBy === null);
}

function isProven(contradictions: Contradictions, { even }: Seen): boolean {
  return contradictions.proven || (even && contradictions.count > 0);
}

function retryAfterWarnings(limiter: DeclaredLimiter, seen: Seen): readonly string[] {
  const { retryAfter, tooShort, tooLong } = seen;
  if (!limiter.retryAfter || retryAfter.refusals === 0) return [];
  const { refusals, missing, longestMs } = retryAfter;
  return [
    ...(missing > 0 ? [`Retry-After is missing in ${missing} of ${counted(refusals, 'refusal')}`] : []),
    ...(isProven(tooShort, seen)
      ? [`Retry-After is wrong: too short in ${tooShort.count} of ${counted(refusals, 'refusal')}`]
      : []),
    ...(isProven(tooLong, seen)
      ? [
          `Retry-After is wrong: up to ${longestMs} ms in ${tooLong.count} of ${counted(refusals, 'refusal')}, for a window of ${limiter.windowMs} ms`,
        ]
      : []),
  ];
}

/** A line a probe that ran. What is not proven over the whole run is left open in them as well. */
function partsOf(run: Run, limiter: DeclaredLimiter, seen: Seen, fits: readonly KindFit[]): readonly FindingPart[] {
  const ledger = run.scenarios.find(({ name }) => name === 'rate-limit')?.ledger ?? null;
  if (ledger === null) return [];
  const { profile } = run.manifest;
  const byPhase = requestsByPhase(ledger);
  const proven = isProven(seen.excess, seen) || isProven(seen.wrongful, seen);
  return probes.flatMap((probe) => {
    const part = probe({
      ledger,
      profile,
      limiter,
      requestsOf: (phase) => byPhase.get(phase) ?? [],
      wrongfulIn: (phase) => seen.wrongfulByPhase.get(phase) ?? 0,
      withinBounds: seen.excess.count === 0 && (limiter.kind !== 'unknown' || someKindFits(fits)),
    });
    if (part === null) return [];
    const status = part.status === 'fail' && !proven ? 'inconclusive' : part.status;
    return [{ scenario: 'rate-limit' as const, ...part, status }];
  });
}

function requestsByPhase(ledger: Ledger): ReadonlyMap<string, readonly Uint32Array[]> {
  const found = new Map<string, Uint32Array[]>();
  for (const indices of ledger.signalsByWebhook().values()) {
    for (const phase of new Set(Array.from(indices, (at) => ledger.phaseOf(at)))) {
      const list = found.get(phase) ?? [];
      list.push(indices.filter((at) => ledger.phaseOf(at) === phase));
      found.set(phase, list);
    }
  }
  return found;
}

function fitsOf(run: Run, limiter: DeclaredLimiter): readonly KindFit[] {
  const { profile } = run.manifest;
  const counts = run.scenarios.flatMap(({ name, ledger }) =>
    ledger === null || !challenging.includes(name)
      ? []
      : [...countedTogether(ledger, profile).values()].map((indices) => ({ ledger, indices })),
  );
  return limiter.kind === 'unknown'
    ? kindFits(counts, profile, limiter)
    : [kindFit(counts, profile, limiter, 'fixed', null)];
}

function fitLines(fits: readonly KindFit[]): readonly string[] {
  const fitting = fits.filter(({ refutedBy }) => refutedBy === null).map(describeFit);
  return [
    fitting.length > 0 ? `kinds that fit: ${fitting.join(', ')}` : 'no kind fits with this limit and window',
    ...fits.flatMap((fit) => (fit.refutedBy === null ? [] : [`${describeFit(fit)} is refuted: it ${fit.refutedBy}`])),
  ];
}
