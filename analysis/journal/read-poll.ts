import { drainStates } from '../../contract/journal/drain.ts';
import { type Fields, numberIn, textIn } from './fields.ts';
import type { Ledger } from './ledger.ts';

/**
 * Takes a line of read-back's polls, if it is one. Shapes: LedgerPollLine and LedgerSightingLine.
 * @returns null if the line was taken, `other` if it is of another kind, else what is wrong with it.
 */
export function takePollLine(line: Fields, ledger: Ledger): string | null {
  if ('seen' in line) {
    const signal = textIn(line, 'seen');
    if (signal === null) return 'a sighting without id';
    ledger.effectTimes.saw(ledger.signals.indexOf(signal));
    return null;
  }
  if (!('pollFromUs' in line)) return 'other';
  const fromUs = numberIn(line, 'pollFromUs');
  const toUs = numberIn(line, 'pollToUs');
  const effects = numberIn(line, 'effects');
  const state = drainStates.find((known) => known === line.state);
  if (fromUs === null || toUs === null || effects === null || state === undefined) {
    return 'a poll without its times, count or state';
  }
  ledger.effectTimes.addPoll({ fromUs, toUs, effects, missing: numberIn(line, 'missing'), state });
  return null;
}
