import type { Flaw } from '../../contract/plan/flaws.ts';
import { type FlawCounts, type ForgedSignals, flawsIn } from '../authentication/forged-signals.ts';
import type { Advice } from './advice.ts';

const lines = {
  check:
    'check the signature before anything else is done with the request, over the raw bytes of the body, and compare in constant time',
  order:
    'check the signature first of all: only then remember the id of a signal, store it or queue it, for whoever is refused must leave nothing behind',
  raw: 'verify the signature over the raw bytes of the body: what was parsed and serialized again, as by JSON.stringify or json.dumps, is another text as soon as a space or an escape differs',
  missing: 'a request without the header or parameter is refused, not let through as unsigned',
  malformed:
    'a signature that cannot be decoded, or has another length, is refused like any wrong one: decoders and comparisons in constant time may throw at it',
  throws:
    'a false signal is refused with 401 or 403, and no error: catch what the check of its signature or secret throws, and look for it in the log at that time',
  some: 'some are let through and others refused: do all processes run the same code, with the same settings and secrets?',
  key: 'the key is that of the webhook in the URL, and no other is tried',
  age: 'the timestamp is part of what is signed, and its age is checked on both sides',
} as const;

const flawAdvice: Readonly<Record<Flaw, Advice>> = {
  wrong: lines.check,
  missing: lines.missing,
  'other-secret': lines.key,
  malformed: lines.malformed,
  'other-body': lines.check,
  stale: lines.age,
  replayed: lines.age,
};

/** On a server that fails instead of refusing. */
const failureAdvice: Readonly<Record<Flaw, Advice>> = {
  wrong: lines.throws,
  missing: lines.throws,
  'other-secret': lines.throws,
  malformed: lines.malformed,
  'other-body': lines.throws,
  stale: lines.throws,
  replayed: lines.throws,
};

export const authenticationAdvice: readonly Advice[] = Object.values(lines);

/** What the sender alone decides: whether a replay is known depends on what came before it. */
const isOfSender = (flaw: Flaw): boolean => flaw !== 'replayed';

interface Else {
  /** A right signal is kept out by a false one of its id. */
  readonly isKeptOut: boolean;
  /** Right ones are refused for the spaces in their bodies. */
  readonly isSpaced: boolean;
  /** How many processes served at once; null if that is not known. */
  readonly serving: number | null;
}

/** What is accepted, by its flaw; what is refused too late; what fails; what is refused wrongly. */
export function adviceOnForged(seen: ForgedSignals, { isKeptOut, isSpaced, serving }: Else): readonly Advice[] {
  const having = (of: (counts: Readonly<FlawCounts>) => number): readonly Flaw[] =>
    flawsIn(seen).flatMap(([flaw, counts]) => (of(counts) > 0 ? [flaw] : []));
  const isDiffering = serving !== 1 && having(({ accepted, refused }) => Math.min(accepted, refused)).some(isOfSender);
  const isTooLate = isKeptOut || having((counts) => counts.refusedProcessed).length > 0;
  return [
    ...(isDiffering ? [lines.some] : []),
    ...having((counts) => counts.accepted).map((flaw) => flawAdvice[flaw]),
    ...(isTooLate ? [lines.order] : []),
    ...having((counts) => counts.failed).map((flaw) => failureAdvice[flaw]),
    ...(isSpaced ? [lines.raw] : []),
  ];
}
