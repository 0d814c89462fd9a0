import { longestGapUs, shortestGapUs, surelyPastTtl, surelyWithinTtl } from '../ttl.ts';
import { type ProbeInput, type ProbeResult, shareOf, tells } from './probe.ts';

/**
 * The TTL from both sides: a repeat surely within it is a duplicate, one surely past it a new signal. A repeat that may lie on
 * either side, as after a stall of the generator, proves nothing. From all of them: the longest gap that surely was still
 * recognized and the shortest that surely was not, between which the true TTL lies.
 */
export function probeGaps({ ledger, ttlUs, signals, gaps }: ProbeInput): ProbeResult {
  let recognizedUs = 0;
  let freshUs = Number.POSITIVE_INFINITY;
  const early: string[] = [];
  const late: string[] = [];
  const remarks: string[] = [];
  const sides = { within: 0, recognized: 0, past: 0, fresh: 0 };
  let untold = 0;
  for (const { gapTtl: gap, signals: repeated } of gaps) {
    const here = { within: 0, recognized: 0, past: 0, fresh: 0 };
    let ambiguous = 0;
    for (const [first, repeat] of repeated) {
      if (first === undefined || repeat === undefined || ledger.outcomeOf(first) !== 'accepted') continue;
      const outcome = ledger.outcomeOf(repeat);
      if (outcome !== 'accepted' && outcome !== 'duplicate') continue;
      if (!tells(ledger, repeat)) {
        untold += 1;
        continue;
      }
      const isDuplicate = outcome === 'duplicate';
      if (isDuplicate) recognizedUs = Math.max(recognizedUs, shortestGapUs(ledger, first, repeat));
      else freshUs = Math.min(freshUs, longestGapUs(ledger, first, repeat));
      if (surelyWithinTtl(ledger, first, repeat, ttlUs)) {
        here.within += 1;
        if (isDuplicate) here.recognized += 1;
      } else if (surelyPastTtl(ledger, first, repeat, ttlUs)) {
        here.past += 1;
        if (!isDuplicate) here.fresh += 1;
      } else ambiguous += 1;
    }
    sides.within += here.within;
    sides.recognized += here.recognized;
    sides.past += here.past;
    sides.fresh += here.fresh;
    const said = [
      ...(here.within > 0 ? [`${shareOf(here.recognized, here.within)} recognized`] : []),
      ...(here.past > 0 ? [`${shareOf(here.fresh, here.past)} taken as new`] : []),
      ...(ambiguous > 0 ? [`${ambiguous} too close to the TTL to tell`] : []),
    ];
    if (said.length > 0) remarks.push(`repeated after ${gap} TTL: ${said.join('; ')}`);
    if (here.recognized < here.within) early.push(`${here.within - here.recognized} of ${here.within} at ${gap} TTL`);
    if (here.fresh < here.past) late.push(`${here.past - here.fresh} of ${here.past} at ${gap} TTL`);
  }

  // The first repeat of the refresh probe narrows the range: at 0.7 TTL.
  for (const [first, repeat, last] of signals('idempotency.refresh')) {
    if (first === undefined || repeat === undefined || ledger.outcomeOf(first) !== 'accepted') continue;
    if (!tells(ledger, repeat) || (last !== undefined && shortestGapUs(ledger, repeat, last) <= 0)) continue;
    if (ledger.outcomeOf(repeat) === 'duplicate') {
      recognizedUs = Math.max(recognizedUs, shortestGapUs(ledger, first, repeat));
    } else freshUs = Math.min(freshUs, longestGapUs(ledger, first, repeat));
  }

  const ms = (us: number): string => `${Math.round(us / 1000)} ms`;
  const declared = ms(ttlUs);
  // One TTL explains all answers; else they are wrong now and then.
  const isOneTtl = recognizedUs <= freshUs;
  const about =
    recognizedUs > 0 && freshUs < Number.POSITIVE_INFINITY
      ? `about ${ms((recognizedUs + freshUs) / 2)}, between ${ms(recognizedUs)} and ${ms(freshUs)}`
      : recognizedUs > 0
        ? `more than ${ms(recognizedUs)}`
        : `less than ${ms(freshUs)}`;
  const complaints: string[] = [];
  if (early.length > 0) {
    const name =
      sides.recognized === 0 && recognizedUs <= 0
        ? 'no repeat within the TTL is recognized'
        : isOneTtl
          ? `TTL shorter than declared (${about}; declared ${declared})`
          : `repeats within the TTL of ${declared} taken as new`;
    complaints.push(`${name}: ${early.join(', ')}`);
  }
  if (late.length > 0) {
    const name = isOneTtl
      ? `TTL longer than declared (${about}; declared ${declared})`
      : `repeats past the TTL of ${declared} taken for duplicates`;
    complaints.push(`${name}: ${late.join(', ')}`);
  }
  if (complaints.length === 0 && recognizedUs > 0 && freshUs < Number.POSITIVE_INFINITY) {
    remarks.unshift(`TTL kept from both sides: recognized after ${ms(recognizedUs)}, new after ${ms(freshUs)}`);
  }
  const undecided = [
    ...(sides.within === 0 ? ['no repeat fell surely within the TTL'] : []),
    ...(sides.past === 0 ? ['no repeat fell surely past the TTL'] : []),
    ...(untold > 0
      ? [
          `${untold} repeats had the body of the first answer, and no other was ever seen: it does not tell a replay from a new acceptance`,
        ]
      : []),
  ];
  return { complaints, undecided, remarks };
}
