import { type Purpose, purposes, type RecordedOutcome, recordedOutcomes } from '../../contract/journal/outcomes.ts';
import { fieldsOf, numberIn, textIn } from './fields.ts';
import { headerProblem } from './header.ts';
import { Ledger, maxWebhookIndex, none } from './ledger.ts';
import { type NdjsonEnd, readNdjson } from './ndjson.ts';

const knownPurposes: ReadonlySet<string> = new Set(purposes);
const knownOutcomes: ReadonlySet<string> = new Set(recordedOutcomes);

const isPurpose = (text: string | null): text is Purpose => text !== null && knownPurposes.has(text);
const isOutcome = (text: string | null): text is RecordedOutcome => text !== null && knownOutcomes.has(text);

/** Decodes k6/<scenario>.requests.ndjson. Shapes: LedgerLine in contract/journal/journal.ts. */
export function readLedger(path: string, runId: string | null): { readonly ledger: Ledger; readonly end: NdjsonEnd } {
  const ledger = new Ledger();
  const end = readNdjson(
    path,
    (value) => headerProblem(value, 'ledger', runId),
    (value) => {
      const line = fieldsOf(value);
      if (line === null) return 'not an object';
      if ('effect' in line) {
        const effect = textIn(line, 'effect');
        const webhook = numberIn(line, 'webhook');
        if (effect === null || webhook === null) return 'an effect without id or webhook';
        ledger.addEffect(effect, webhook);
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
      const sendUs = numberIn(line, 'sendUs');
      const endUs = numberIn(line, 'endUs');
      const phase = textIn(line, 'phase');
      const purpose = textIn(line, 'purpose');
      const outcome = textIn(line, 'outcome');
      const status = numberIn(line, 'status');
      if (sendUs === null || endUs === null || phase === null || status === null) return 'a request without its times';
      const webhook = numberIn(line, 'webhook') ?? none;
      if (webhook !== none && webhook > maxWebhookIndex) return `a webhook index above ${maxWebhookIndex}`;
      if (!isPurpose(purpose) || !isOutcome(outcome)) return 'a request of unknown purpose or outcome';
      ledger.addRequest(
        sendUs,
        endUs,
        phase,
        purpose,
        outcome,
        status,
        webhook,
        textIn(line, 'signal'),
        numberIn(line, 'error') ?? 0,
      );
      const retryAfterMs = numberIn(line, 'retryAfterMs');
      if (retryAfterMs !== null && retryAfterMs >= 0) ledger.addRetryAfter(retryAfterMs);
      const answerHash = numberIn(line, 'answerHash');
      if (answerHash !== null) ledger.addAnswerHash(answerHash);
      return null;
    },
  );
  return { ledger, end };
}
