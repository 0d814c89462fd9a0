import { type Flaw, isFlaw } from '../../contract/plan/flaws.ts';
import { flawsOf } from '../../contract/plan/forgeries.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import type { Measure } from '../../contract/report/report.ts';
import {
  type FlawCounts,
  type ForgedSignals,
  flawsIn,
  forgedSignals,
  sentOf,
} from '../authentication/forged-signals.ts';
import { onlySpacedAccepted, refusedForSpaces } from '../authentication/respaced-signals.ts';
import type { Ledger } from '../journal/ledger.ts';
import { servingProcesses } from '../processes/serving.ts';
import { settingsHints } from '../settings-hints.ts';
import { counted } from '../words.ts';
import { adviceOnForged, authenticationAdvice } from './authentication-advice.ts';
import { absent, withoutLedger } from './foreseen.ts';
import { count } from './measure.ts';
import { noLedger } from './min-requests.ts';
import { type Judgement, ledgersOf, type Rule } from './rule.ts';

export const authentication: Rule<'authentication'> = {
  id: 'authentication',
  title: 'Authentication',
  question: 'Are false senders kept out?',
  evidence:
    'signals with a wrong, missing, malformed, stale or replayed signature or secret, and with that of another body or webhook, sent by idempotency, right ones under the ids of some of them, and right ones with spaces in a body that is signed; the read-back shows whether they had an effect',
  thresholds: () => ({
    pass: 'each is refused, and none had an effect',
    warn: 'some are refused with a server error, or right ones because their bodies have spaces in them',
    fail: 'one is accepted, had an effect, or keeps the right signal of its id out',
  }),
  faults: [
    'accepts a wrong signature or secret',
    'accepts a missing one',
    'accepts one that is cut off or cannot be decoded, or fails on it',
    'accepts a stale one',
    'accepts a replay',
    'accepts the signature of another body',
    'verifies the signature over a re-serialized body',
    "accepts another webhook's secret",
    'processes what it refuses',
    'remembers the id of what it refuses',
  ],
  advice: authenticationAdvice,
  scenarios: ['idempotency'],
  unanswered: () => 'needs false signals, which idempotency sends',
  foretold: (seen) =>
    flawsOf(seen.profile).length === 0
      ? absent('the profile declares neither a signature nor a secret')
      : withoutLedger(seen),
  needs: (run) => ledgersOf(authentication, run),
  judge(run): Judgement {
    const { profile } = run.manifest;
    if (flawsOf(profile).length === 0) {
      return { status: 'not-applicable', summary: 'the profile declares neither a signature nor a secret' };
    }
    const ledger = run.scenarios.find(({ name }) => name === 'idempotency')?.ledger ?? null;
    if (ledger === null) return { status: 'inconclusive', summary: noLedger };
    const isPlanned = run.manifest.plans !== null && ledger.phases.withRole('authentication.forged').length > 0;
    const seen = forgedSignals(ledger);
    if (!isPlanned && seen.right.sent === 0) {
      return { status: 'not-run', summary: 'no false signals were planned: AUTHENTICATION_SIGNALS says how many' };
    }
    const isReadBack = profile.readback.kind !== 'none' && [...seen.webhooks].every((one) => ledger.isReadBack(one));
    const planned = plannedFlaws(ledger) ?? flawsOf(profile);
    const { status, summary } = judged(seen, { profile, planned, isReadBack });
    const { webhooks, clause } = settingsHints(run);
    return {
      status,
      summary: seen.right.accepted < seen.right.sent && status !== 'pass' ? `${summary}${clause}` : summary,
      measures: measuresOf(seen),
      evidence: [...webhooks, ...evidenceOf(seen, profile)],
      advice: adviceOnForged(seen, {
        isKeptOut: keptOutWords(seen).length > 0,
        isSpaced: spacedWords(seen, profile).length > 0,
        serving: servingProcesses(run),
      }),
    };
  },
};

const texts: Readonly<Record<Flaw, (what: string) => string>> = {
  wrong: (what) => `a wrong ${what}`,
  missing: (what) => `no ${what}`,
  'other-secret': (what) => (what === 'secret' ? 'another secret' : 'a signature by another secret'),
  malformed: () => 'a malformed signature',
  'other-body': () => 'the signature of another body',
  stale: () => 'a stale timestamp',
  replayed: () => 'all of an earlier request, byte for byte',
};

function textOf(flaw: Flaw, { secret }: TargetProfile): string {
  return `with ${texts[flaw](secret.in === 'signature' ? 'signature' : 'secret')}`;
}

const total = (seen: ForgedSignals, of: (counts: Readonly<FlawCounts>) => number): number =>
  flawsIn(seen).reduce((sum, [, counts]) => sum + of(counts), 0);

/** What the run was to send; null without a plan. Runs of before a flaw was known were made without it. */
function plannedFlaws({ phases }: Ledger): readonly Flaw[] | null {
  const [phase] = phases.withRole('authentication.forged');
  return phase?.schedule.kind === 'forged' ? phase.schedule.flaws.filter(isFlaw) : null;
}

interface Probed {
  readonly profile: TargetProfile;
  readonly planned: readonly Flaw[];
  readonly isReadBack: boolean;
}

function judged(seen: ForgedSignals, probed: Probed): Pick<Judgement, 'status' | 'summary'> {
  const { profile, isReadBack } = probed;
  const wrong = [
    ...flawsIn(seen).flatMap(([flaw, counts]) => complaints(textOf(flaw, profile), counts, isReadBack)),
    ...keptOutWords(seen),
  ];
  if (wrong.length > 0) return { status: 'fail', summary: wrong.join('; ') };
  const undecided = undecidedIn(seen, probed);
  const refused = total(seen, (counts) => counts.refused);
  const failed = total(seen, (counts) => counts.failed);
  const spaced = spacedWords(seen, profile);
  if (undecided.length > 0) {
    const kept = refused > 0 ? `${counted(refused, 'false signal')} refused; not decided: ` : '';
    return { status: 'inconclusive', summary: [...spaced, `${kept}${undecided.join('; ')}`].join('; ') };
  }
  if (failed > 0) {
    const of = flawsIn(seen).flatMap(([flaw, counts]) =>
      counts.failed > 0 ? [`${counts.failed} ${textOf(flaw, profile)}`] : [],
    );
    const summary = `${failed} of ${counted(refused + failed, 'false signal')} answered with a server error instead of a refusal (${of.join(', ')}); none had an effect`;
    return { status: 'warn', summary: [summary, ...spaced].join('; ') };
  }
  if (spaced.length > 0) return { status: 'warn', summary: spaced.join('; ') };
  return { status: 'pass', summary: `${counted(refused, 'false signal')} refused, and none had an effect` };
}

const overAnotherText =
  'the signature seems to be computed over a re-serialized body; verify it over the raw bytes of the request';

function spacedWords(seen: ForgedSignals, profile: TargetProfile): readonly string[] {
  const refused = refusedForSpaces(seen.respaced, seen, profile);
  if (refused === 0) return [];
  const sent = counted(seen.respaced.sent, 'right signal');
  return [`refused ${refused} of ${sent} whose body has spaces in it, and none without: ${overAnotherText}`];
}

function complaints(text: string, counts: Readonly<FlawCounts>, isReadBack: boolean): readonly string[] {
  const { accepted, acceptedProcessed, refusedProcessed } = counts;
  const effect =
    acceptedProcessed > 0
      ? `${acceptedProcessed} of them processed`
      : isReadBack
        ? 'though none was processed'
        : 'whether they were processed is not known';
  return [
    ...(accepted > 0 ? [`accepted ${accepted} of ${counted(sentOf(counts), 'signal')} ${text}, ${effect}`] : []),
    ...(refusedProcessed > 0
      ? [`processed ${counted(refusedProcessed, 'signal')} ${text} that it did not accept`]
      : []),
  ];
}

/** A target that remembers the id of what it refuses. One that calls new signals duplicates has a coarser key, of which exactly-once tells. */
function keptOutWords({ corrected: { keptOut, sent }, right }: ForgedSignals): readonly string[] {
  return keptOut === 0 || 2 * keptOut < sent || right.duplicates > 0
    ? []
    : [
        `took ${keptOut} of ${counted(sent, 'right signal')} for duplicates of false ones that it had refused: whoever sends an id first keeps the right signal out`,
      ];
}

const whyNone = (seen: ForgedSignals): string =>
  onlySpacedAccepted(seen.respaced, seen)
    ? `, but ${seen.respaced.accepted} of ${seen.respaced.sent} whose body has spaces in it: ${overAnotherText}`
    : ': does the profile declare the secret rightly?';

function undecidedIn(seen: ForgedSignals, { profile, planned, isReadBack }: Probed): readonly string[] {
  const { right, byFlaw } = seen;
  const unseen = planned.filter((flaw) => {
    const counts = byFlaw.get(flaw);
    return counts === undefined || counts.refused + counts.failed === 0;
  });
  return [
    ...(right.accepted === 0
      ? [
          right.sent === 0
            ? 'no right signal was sent beside them'
            : `none of ${counted(right.sent, 'right signal')} was accepted either${whyNone(seen)}`,
        ]
      : []),
    ...unseen.map((flaw) => `no answer shows what it does with signals ${textOf(flaw, profile)}`),
    ...(profile.readback.kind === 'none'
      ? ['the profile declares no read-back, so that what was refused may have had an effect']
      : isReadBack
        ? []
        : ['the read-back is incomplete, so that what was refused may have had an effect']),
  ];
}

function measuresOf(seen: ForgedSignals): readonly Measure[] {
  return [
    count('false-signals', total(seen, sentOf)),
    count(
      'refused',
      total(seen, (counts) => counts.refused),
    ),
    count(
      'accepted',
      total(seen, (counts) => counts.accepted),
      { threshold: 0 },
    ),
    count(
      'processed',
      total(seen, (counts) => counts.acceptedProcessed + counts.refusedProcessed),
      { threshold: 0 },
    ),
    count(
      'server-errors',
      total(seen, (counts) => counts.failed),
      { threshold: 0 },
    ),
    ...flawsIn(seen).map(([flaw, counts]) => count(`accepted-${flaw}`, counts.accepted, { threshold: 0 })),
    count('right-signals', seen.right.sent),
    count('right-accepted', seen.right.accepted),
    ...respacedMeasures(seen),
    ...(seen.corrected.sent === 0
      ? []
      : [count('right-after-false', seen.corrected.sent), count('kept-out', seen.corrected.keptOut, { threshold: 0 })]),
  ];
}

function respacedMeasures({ respaced: { sent, accepted, refusedAt } }: ForgedSignals): readonly Measure[] {
  if (sent === 0) return [];
  const refused = [...refusedAt.values()].reduce((sum, n) => sum + n, 0);
  return [
    count('respaced-signals', sent),
    count('respaced-accepted', accepted),
    count('respaced-refused', refused, { threshold: 0 }),
  ];
}

function evidenceOf(seen: ForgedSignals, profile: TargetProfile): readonly string[] {
  const lines = flawsIn(seen).map(([flaw, counts]) => {
    const rest = (['accepted', 'failed', 'undecided', 'unknown'] as const).flatMap((kind) =>
      counts[kind] > 0 ? [`${counts[kind]} ${rests[kind]}`] : [],
    );
    return `${textOf(flaw, profile)}: ${[`${counts.refused} of ${sentOf(counts)} refused`, ...rest].join(', ')}`;
  });
  const { respaced } = seen;
  const statuses = answered(seen.statuses);
  const others = answered(respaced.statuses);
  return [
    ...lines,
    ...(statuses.length > 0 ? [`refused ${statuses.join(', ')}`] : []),
    `right ones: ${seen.right.accepted} of ${seen.right.sent} accepted`,
    ...(respaced.sent === 0
      ? []
      : [
          `right ones with spaces in their bodies: ${[`${respaced.accepted} of ${respaced.sent} accepted`, ...others].join(', ')}`,
        ]),
    ...(seen.corrected.sent === 0
      ? []
      : [`right ones under the id of a refused one: ${seen.corrected.accepted} of ${seen.corrected.sent} accepted`]),
  ];
}

const answered = (statuses: ReadonlyMap<number, number>): readonly string[] =>
  [...statuses]
    .sort(([a], [b]) => a - b)
    .map(([status, n]) => `${n} ${status === 0 ? 'without an answer' : `with ${status}`}`);

const rests = {
  accepted: 'accepted',
  failed: 'answered with a server error',
  undecided: 'throttled or called duplicates',
  unknown: 'without an answer',
} as const;
