import { pathsAsked, pollsWithin } from '../../contract/plan/limits.ts';
import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import { beforeForgedPhase } from '../interpret/forged.ts';
import type { CountedTimes } from '../interpret/kinds/model.ts';
import { allBySending, decidedByUs, isSharedLimit, mayTakePlace, usesQuota } from '../interpret/quota-use.ts';
import { maxShownUs, minShownUs, toleranceUs } from '../interpret/tolerance.ts';
import { countBelow, max } from '../statistics.ts';
import { wouldExplainChance } from './chance.ts';
import { furtherWindowsMs, isStricter, longestWorkMs, sizeInWords } from './further-guess.ts';
import type { Counts } from './kind.ts';
import { type Explanation, fewestOf, firstFit, type Question, wrongfulOf } from './question.ts';

// Further limits of a client beside the one that each webhook has, as guesses. Which other requests of the client were counted before the run
// nobody knows, so what fits by the bounds alone says little: each refusal must come where more were counted than ever before an admission.

type FurtherLimit = NonNullable<DeclaredLimiter['further']>[number];

interface Times {
  readonly sendUs: number;
  readonly endUs: number;
}

/** All that a client sent, in all scenarios. */
interface Client {
  readonly sure: CountedTimes;
  readonly possible: CountedTimes;
  readonly admitted: readonly Times[];
  /** Refused although the limit of its webhook had room. */
  readonly refused: readonly Times[];
}

/** A further limit of the client that leaves nothing contradicted; none where a webhook is all that was asked. */
export function clientLimits(question: Question): readonly Explanation[] {
  const { counts, limiter } = question;
  const isOneEach = new Set(counts.map(({ ledger }) => ledger)).size === counts.length;
  if (isSharedLimit(limiter) || isOneEach) return [];
  const windows = windowsFit(question);
  return windows.length > 0 ? windows : atOnceFit(question);
}

interface WindowGuess {
  readonly kind: FurtherLimit['kind'];
  readonly limit: number;
  readonly windowMs: number;
}

const maxNamed = 3;

/** Of several windows the longest stands for all. */
function windowsFit(question: Question): readonly Explanation[] {
  const guesses = windowGuesses(question);
  const [longest] = [...guesses].sort((a, b) => b.windowMs - a.windowMs);
  if (longest === undefined) return [];
  if (wouldExplainChance(question.counts, (counts) => windowGuesses({ ...question, counts }).length > 0)) return [];
  const { kind, limit, windowMs } = longest;
  const scope = 'client' as const;
  // If it counts what the monitor asks, it is larger by that.
  const more = pollsWithin(pathsAsked(question.profile, { scope }), windowMs);
  const further = { kind, limit: limit + more, windowMs, burst: null, scope };
  const sizes = guesses.slice(0, maxNamed).map(sizeInWords).join(', or ');
  const words = declareIt(`about ${sizes} for all webhooks together`);
  return firstFit([{ limiter: withFurther(question.limiter, further), words }], question);
}

const declareIt = (what: string): string =>
  `a further limit of ${what}: declare it in limiter.further with scope "client"`;

/** By window the first kind that would have refused no sooner than it had admitted its most. */
function windowGuesses(question: Question): readonly WindowGuess[] {
  const client = clientOf(question);
  if (client.refused.length === 0) return [];
  return furtherWindowsMs
    .filter((windowMs) => windowMs >= 2 * question.limiter.windowMs)
    .flatMap((windowMs) => windowGuess(question, client, windowMs) ?? []);
}

/** Where the window of a request began. */
type StartOf = (us: number) => number;

function windowGuess(question: Question, client: Client, windowMs: number): WindowGuess | null {
  const windowUs = windowMs * 1000;
  const firstUs = client.possible.sends[0] ?? 0;
  const since =
    (edgeUs: number): StartOf =>
    (us) =>
      Math.floor((us - edgeUs) / windowUs) * windowUs + edgeUs;
  const kinds: readonly (readonly [FurtherLimit['kind'], StartOf, StartOf])[] = [
    ['sliding', (us) => us - minShownUs(windowUs), (us) => us - maxShownUs(windowUs)],
    ['fixed', since(0), since(0)],
    ['fixed-from-first-hit', since(firstUs), since(firstUs)],
  ];
  for (const [kind, surelyFrom, possiblyFrom] of kinds) {
    const least = fewestOf(
      question,
      client.refused.map((one) => possiblyCounted(client, one, possiblyFrom(one.sendUs))),
    );
    // A longer limit of no more than the short one would be the only one that shows.
    if (least <= question.limiter.limit) continue;
    const most = max(client.admitted.map((one) => surelyCounted(client, one, surelyFrom(one.endUs)))) ?? 0;
    if (most <= question.limiter.limit || most > least) continue;
    if (isAdmittedAgain(question, client) || hasRound(most, least)) return { kind, limit: most, windowMs };
  }
  return null;
}

/** Whether something was admitted later than the limit of a webhook explains. What fails closed looks like a limit that is full to the end of the run. */
function isAdmittedAgain({ limiter }: Question, { admitted, refused }: Client): boolean {
  const fromUs = refused.reduce((first, { endUs }) => Math.min(first, endUs), Number.POSITIVE_INFINITY);
  return admitted.some(({ sendUs }) => sendUs > fromUs + limiter.windowMs * 1000);
}

/** Whether a number between the two is one that people set: of two digits, and then noughts, or fives below a hundred. */
function hasRound(from: number, to: number): boolean {
  const step = Math.max(5, 10 ** Math.floor(Math.log10(from)) / 10);
  return Math.ceil(from / step) * step <= to;
}

const withFurther = (limiter: DeclaredLimiter, further: FurtherLimit): DeclaredLimiter => ({
  ...limiter,
  further: [...(limiter.further ?? []), further],
});

/** As many worked on at once, whichever webhook they are for. What a client has under way at once is never twice of it. */
function atOnceFit(question: Question): readonly Explanation[] {
  const [fit] = atOnceGuess(question);
  if (fit === undefined) return [];
  const explains = (counts: Counts): boolean => atOnceGuess({ ...question, counts }).length > 0;
  // Refusals at random come where little is under way, be they few.
  return wouldExplainChance(question.counts, explains, 1) ? [] : [fit];
}

function atOnceGuess(question: Question): readonly Explanation[] {
  const { profile, limiter } = question;
  const client = clientOf(question);
  if (client.refused.length === 0 || isStricter(question)) return [];
  const least = fewestOf(
    question,
    client.refused.map((one) => possiblyCounted(client, one, one.sendUs)),
  );
  const { sends, ends } = client.possible;
  const most = max(client.admitted.map(({ sendUs }) => countBelow(sends, sendUs + 1) - countBelow(ends, sendUs))) ?? 0;
  if (least < 2 || most > 2 * least) return [];
  const scope = 'client' as const;
  const limit = least + pathsAsked(profile, { scope });
  const further = { kind: 'concurrent' as const, limit, windowMs: longestWorkMs, burst: null, scope };
  const words = declareIt(`about ${least} requests worked on at once ("concurrent"), of all webhooks together`);
  return firstFit([{ limiter: withFurther(limiter, further), words }], question);
}

/** How many surely were counted between a time and its answer, itself included. */
const surelyCounted = ({ sure: { sends, ends } }: Client, { endUs }: Times, fromUs: number): number =>
  countBelow(ends, endUs + 1) - countBelow(sends, fromUs + toleranceUs);

/** How many can have been counted from a time on. */
const possiblyCounted = ({ possible: { sends, ends } }: Client, { endUs }: Times, fromUs: number): number =>
  countBelow(sends, endUs + toleranceUs) - countBelow(ends, fromUs - toleranceUs);

function clientOf(question: Question): Client {
  const { counts, profile } = question;
  const admitted: Times[] = [];
  const possible: Times[] = [];
  for (const ledger of new Set(counts.map((count) => count.ledger))) {
    for (const at of beforeForgedPhase(ledger, allBySending(ledger))) {
      const times = { sendUs: ledger.sendUs(at), endUs: ledger.endUs(at) };
      const isForged = ledger.roleOf(at) === 'limiter.forwarded';
      if (!isForged && usesQuota(ledger, at, profile) === 'yes') admitted.push(times);
      if (mayTakePlace(ledger, at, profile)) possible.push({ ...times, endUs: decidedByUs(ledger, at) });
    }
  }
  return { sure: sorted(admitted), possible: sorted(possible), admitted, refused: wrongfulOf(question) };
}

const sorted = (times: readonly Times[]): CountedTimes => ({
  sends: Float64Array.from(times, ({ sendUs }) => sendUs).sort(),
  ends: Float64Array.from(times, ({ endUs }) => endUs).sort(),
});
