import { drainStates } from '../../contract/journal/drain.ts';
import { type Clock, timeIn } from './clock.ts';
import { type Fields, numberIn, textIn } from './fields.ts';
import type { Ledger } from './ledger.ts';

/**
 * Takes a line of read-back's polls, if it is one. Shapes: LedgerPollLine and LedgerSightingLine.
 * @param clock of whoever read back.
 * @returns null if the line was taken, `other` if it is of another kind, else what is wrong with it.
 */
export function takePollLine(line: Fields, ledger: Ledger, clock: Clock): string | null {
  if ('seen' in line) {
    const signal = textIn(line, 'seen');
    if (signal === null) return 'a sighting without id';
    ledger.effectTimes.saw(ledger.signals.indexOf(signal));
    return null;
  }
  if (!('pollFromUs' in line)) return 'other';
  const fromUs = timeIn(line, 'pollFromUs', clock);
  const toUs = timeIn(line, 'pollToUs', clock);
  const effects = numberIn(line, 'effects');
  const state = drainStates.find((known) => known === line.state);
  if (fromUs === null || toUs === null || effects === null || state === undefined) {
    return 'a poll without its times, count or state';
  }
  ledger.effectTimes.addPoll({ fromUs, toUs, effects, missing: numberIn(line, 'missing'), state });
  return null;
}
