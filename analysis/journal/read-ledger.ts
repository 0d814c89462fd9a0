import { isOutcome, isPurpose } from '../../contract/journal/outcomes.ts';
import { fieldsOf, numberIn, textIn } from './fields.ts';
import { readJournalFile } from './journal-file.ts';
import { Ledger, maxWebhookIndex } from './ledger.ts';
import type { NdjsonEnd } from './ndjson.ts';
import { takePollLine } from './read-poll.ts';

/** Decodes one generators/<id>/<scenario>.requests.ndjson. Shapes: LedgerLine in contract/journal/journal.ts. */
export function readLedger(path: string, runId: string | null): { readonly ledger: Ledger; readonly end: NdjsonEnd } {
  const ledger = new Ledger();
  return { ledger, end: readLedgerInto(ledger, path, { runId, generator: 0 }) };
}

export interface LedgerSource {
  /** The run that the file must belong to; null takes any. */
  readonly runId: string | null;
  /** Index of the generator in the run's list: each row keeps it. */
  readonly generator: number;
}

/**
 * Adds what one generator recorded to the ledger of its scenario.
 */
export function readLedgerInto(ledger: Ledger, path: string, { runId, generator }: LedgerSource): NdjsonEnd {
  /** By the number that the file gives them. */
  const headerSets = new Map<number, number>();
  return readJournalFile(path, { format: 'ledger', runId }, (line) => {
    if ('headerSet' in line) {
      const number = numberIn(line, 'headerSet');
      const values = fieldsOf(line.values);
      if (number === null || values === null) return 'a header set without number or values';
      const texts = Object.entries(values).filter((each): each is [string, string] => typeof each[1] === 'string');
      headerSets.set(number, ledger.headerSets.add(Object.fromEntries(texts)));
      return null;
    }
    if ('effect' in line) {
      const effect = textIn(line, 'effect');
      const webhook = numberIn(line, 'webhook');
      if (effect === null || webhook === null) return 'an effect without id or webhook';
      ledger.addEffect(effect, webhook, numberIn(line, 'processedAtUs') ?? 0);
      return null;
    }
    if ('readback' in line) {
      const webhook = numberIn(line, 'readback');
      const effects = numberIn(line, 'effects');
      if (webhook === null || effects === null) return 'a read-back without webhook or count';
      ledger.readbacks.set(webhook, effects);
      const total = numberIn(line, 'total');
      if (total !== null) ledger.totals.set(webhook, total);
      return null;
    }
    const poll = takePollLine(line, ledger);
    if (poll !== 'other') return poll;
    const sendUs = numberIn(line, 'sendUs');
    const endUs = numberIn(line, 'endUs');
    const phase = textIn(line, 'phase');
    const purpose = textIn(line, 'purpose');
    const outcome = textIn(line, 'outcome');
    const status = numberIn(line, 'status');
    if (sendUs === null || endUs === null || phase === null || status === null) return 'a request without its times';
    const webhook = numberIn(line, 'webhook');
    if (webhook !== null && webhook > maxWebhookIndex) return `a webhook index above ${maxWebhookIndex}`;
    if (!isPurpose(purpose) || !isOutcome(outcome)) return 'a request of unknown purpose or outcome';
    const headers = numberIn(line, 'headers');
    const retryAfterMs = numberIn(line, 'retryAfterMs');
    ledger.addRequest({
      ...{ sendUs, endUs, phase, purpose, outcome, status, webhook, generator },
      signal: textIn(line, 'signal'),
      error: numberIn(line, 'error'),
      headers: headers === null ? null : (headerSets.get(headers) ?? 0),
      retryAfterMs: retryAfterMs !== null && retryAfterMs >= 0 ? retryAfterMs : null,
      answerHash: numberIn(line, 'answerHash'),
      location: textIn(line, 'location'),
    });
    return null;
  });
}
