/** Of one generator's ledger, as it was read. */
export interface ReadLedger {
  /** Requests that it holds. */
  readonly requests: number;
  /** Those that the generator's timeline counts; null without a timeline. */
  readonly counted: number | null;
  /** The numbers of its pieces, in order; of a ledger in one file none. */
  readonly pieces: readonly number[];
}

/**
 * What shows that rows of a ledger are missing although each of its files is whole: a piece that somebody removed or that was never
 * copied, or that the disk refused to begin. Of a run cut short the ledger is ahead of the timeline, never behind it.
 */
export function missingRows({ requests, counted, pieces }: ReadLedger): readonly string[] {
  const has = new Set(pieces);
  const absent = Array.from({ length: pieces.at(-1) ?? 0 }, (_, n) => n + 1).filter((number) => !has.has(number));
  return [
    ...absent.map((number) => `piece ${number}: it is missing`),
    ...(counted === null || requests >= counted ? [] : [`it holds ${requests} of ${counted} requests of its timeline`]),
  ];
}
