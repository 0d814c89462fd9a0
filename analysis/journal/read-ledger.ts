import { clockPair } from '../../contract/journal/manifest-schema.ts';
import { isOutcome, isPurpose } from '../../contract/journal/outcomes.ts';
import { type Clock, type ClockOfFile, ownClock, timeIn } from './clock.ts';
import { type Fields, fieldsOf, numberIn, textIn } from './fields.ts';
import { readJournalFile } from './journal-file.ts';
import { Ledger, maxWebhookIndex } from './ledger.ts';
import type { IsWanted, NdjsonEnd } from './ndjson.ts';
import { takePollLine } from './read-poll.ts';
import { SentTwice } from './sent-twice.ts';

/** Decodes one generators/<id>/<scenario>.requests.ndjson. Shapes: LedgerLine in contract/journal/journal.ts. */
export function readLedger(path: string, runId: string | null): { readonly ledger: Ledger; readonly end: NdjsonEnd } {
  const ledger = new Ledger();
  return { ledger, end: readLedgerInto(ledger, path, { runId, generator: 0, clockOf: () => ownClock }) };
}

export interface LedgerSource {
  /** The run that the file must belong to; null takes any. */
  readonly runId: string | null;
  /** Index of the generator in the run's list: each row keeps it. */
  readonly generator: number;
  readonly clockOf: ClockOfFile;
  /** Which lines are read; left out: all. */
  readonly isWanted?: IsWanted;
}

/**
 * Adds what one generator recorded to the ledger of its scenario.
 */
export function readLedgerInto(
  ledger: Ledger,
  path: string,
  { runId, generator, clockOf, isWanted = () => true }: LedgerSource,
): NdjsonEnd {
  const lines = new LedgerLines(ledger, generator);
  const onHeader = (header: Fields): void => {
    lines.clock = clockOf(clockPair.safeParse(header.clock).data ?? null);
    ledger.setClock(generator, lines.clock.uncertaintyUs);
  };
  return readJournalFile(path, { format: 'ledger', runId, onHeader, isWanted }, (line) => lines.take(line));
}

/** The lines of one file. Of a class: what V8 learned of a closure is lost with it, and a long ledger has hundreds of files. */
class LedgerLines {
  clock: Clock = ownClock;
  /** By the number that the file gives them. */
  private readonly headerSets = new Map<number, number>();
  private readonly elsewhere: SentTwice;

  constructor(
    private readonly ledger: Ledger,
    private readonly generator: number,
  ) {
    this.elsewhere = new SentTwice(ledger);
  }

  take(line: Fields): string | null {
    const { ledger } = this;
    // Nearly all of them.
    if ('sendUs' in line) return this.takeRequest(line);
    if ('headerSet' in line) return this.takeHeaderSet(line);
    if ('effect' in line) return takeEffect(line, ledger, this.elsewhere);
    if ('readback' in line) return takeReadback(line, ledger);
    const poll = takePollLine(line, ledger, this.clock);
    return poll === 'other' ? 'a request without its times' : poll;
  }

  private takeHeaderSet(line: Fields): string | null {
    const { ledger, headerSets } = this;
    const number = numberIn(line, 'headerSet');
    const values = fieldsOf(line.values);
    if (number === null || values === null) return 'a header set without number or values';
    const texts = Object.entries(values).filter((each): each is [string, string] => typeof each[1] === 'string');
    headerSets.set(number, ledger.headerSets.add(Object.fromEntries(texts)));
    return null;
  }

  private takeRequest(line: Fields): string | null {
    const sendUs = timeIn(line, 'sendUs', this.clock);
    // A duration on one clock is exact.
    const tookUs = (numberIn(line, 'endUs') ?? Number.NaN) - (numberIn(line, 'sendUs') ?? 0);
    const phase = textIn(line, 'phase');
    const purpose = textIn(line, 'purpose');
    const outcome = textIn(line, 'outcome');
    const status = numberIn(line, 'status');
    if (sendUs === null || Number.isNaN(tookUs) || phase === null || status === null)
      return 'a request without its times';
    const webhook = numberIn(line, 'webhook');
    if (webhook !== null && webhook > maxWebhookIndex) return `a webhook index above ${maxWebhookIndex}`;
    if (!isPurpose(purpose) || !isOutcome(outcome)) return 'a request of unknown purpose or outcome';
    const headers = numberIn(line, 'headers');
    const retryAfterMs = numberIn(line, 'retryAfterMs');
    const { generator } = this;
    // One literal: to spread two into one takes V8 four times as long as all the rest.
    this.ledger.addRequest({
      sendUs,
      endUs: sendUs + tookUs,
      phase,
      purpose,
      outcome,
      status,
      webhook,
      generator,
      signal: textIn(line, 'signal'),
      error: numberIn(line, 'error'),
      headers: headers === null ? null : (this.headerSets.get(headers) ?? 0),
      retryAfterMs: retryAfterMs !== null && retryAfterMs >= 0 ? retryAfterMs : null,
      answerHash: numberIn(line, 'answerHash'),
      location: textIn(line, 'location'),
    });
    return null;
  }
}

function takeEffect(line: Fields, ledger: Ledger, elsewhere: SentTwice): string | null {
  const effect = textIn(line, 'effect');
  const webhook = numberIn(line, 'webhook');
  if (effect === null || webhook === null) return 'an effect without id or webhook';
  ledger.addEffect(elsewhere.next(effect), webhook, numberIn(line, 'processedAtUs') ?? 0);
  return null;
}

function takeReadback(line: Fields, ledger: Ledger): string | null {
  const webhook = numberIn(line, 'readback');
  const effects = numberIn(line, 'effects');
  if (webhook === null || effects === null) return 'a read-back without webhook or count';
  ledger.readbacks.set(webhook, effects);
  const total = numberIn(line, 'total');
  if (total !== null) ledger.totals.set(webhook, total);
  return null;
}
