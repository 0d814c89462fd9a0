import { fieldsOf, textIn } from './fields.ts';
import { headerProblem } from './journal-header.ts';
import type { Ledger } from './ledger.ts';
import { type NdjsonEnd, readNdjson } from './ndjson.ts';

/**
 * Decodes k6/<scenario>.effects.ndjson, what the read-back command told, into the scenario's ledger. The command tells of all
 * webhooks at once: where the file is whole each of them is read back. Shapes: LedgerEffectLine and ReadbackFailedLine.
 */
export function readEffects(path: string, runId: string | null, ledger: Ledger): NdjsonEnd {
  const failures: string[] = [];
  let effects = 0;
  const end = readNdjson(
    path,
    (value) => headerProblem(value, 'effects', runId),
    (value) => {
      const line = fieldsOf(value);
      if (line === null) return 'not an object';
      const failed = textIn(line, 'failed');
      const effect = textIn(line, 'effect');
      if (failed !== null) failures.push(`the read-back command failed: ${failed}`);
      else if (effect === null) return 'an effect without id';
      else {
        ledger.addEffect(effect);
        effects += 1;
      }
      return null;
    },
  );
  if (!end.complete || failures.length > 0)
    return { ...end, complete: false, problems: [...end.problems, ...failures] };
  for (const webhook of ledger.signalsByWebhook().keys()) {
    ledger.readbacks.set(webhook, effects);
    effects = 0;
  }
  return end;
}
