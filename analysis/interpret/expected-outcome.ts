import type { TargetProfile } from '../../contract/profile/profile.ts';
import type { Ledger } from '../journal/ledger.ts';
import { surelyFull, surelyRoom } from './limiter-room.ts';
import { mayBeRefused } from './penalty.ts';
import { addRepeats } from './repeats.ts';
import { may } from './tolerance.ts';

/**
 * What the declared contract lets each request get. The server decides on a request somewhere between its send and its end,
 * so an outcome is ruled out only where every limiter and every idempotency store of the declared kind rules it out,
 * whatever the moments of decision were and whichever of the doubtful requests were counted.
 * It takes the server's clock as even: a step of it can contradict these expectations around its one instant.
 * @param indices requests that share one count, in order of sending.
 * @returns for each of `indices`, the bits of `may`; one bit alone is what it must get.
 */
export function expectedOutcomes(profile: TargetProfile, ledger: Ledger, indices: Uint32Array): Uint8Array {
  const { limiter, idempotency } = profile;
  const expected = new Uint8Array(indices.length).fill(may.accepted);
  if (limiter.kind !== 'none') {
    const count = { profile, limiter, ledger, indices };
    const room = surelyRoom(count);
    // Where there is room for all, as in an hour of paced load, none can be refused.
    const full = room.includes(0) ? surelyFull(count) : null;
    for (let n = 0; n < indices.length; n += 1) {
      expected[n] = full?.[n] === 1 ? may.limited : room[n] === 1 ? may.accepted : may.accepted | may.limited;
    }
  }
  if (idempotency.kind !== 'none') addRepeats(expected, idempotency, ledger, indices);
  return expected;
}

/**
 * The same of what was refused, by which alone wrongful refusals are told; what was answered otherwise has no bits. Whether the limiter
 * was surely full does not matter to it: where it has room it is not.
 */
export function expectedOfRefused(profile: TargetProfile, ledger: Ledger, indices: Uint32Array): Uint8Array {
  const { limiter, idempotency } = profile;
  const expected = new Uint8Array(indices.length);
  const refused = indices.map((at) => (ledger.outcomeOf(at) === 'limited' ? 1 : 0));
  if (limiter.kind === 'none' || !refused.includes(1)) return expected;
  // One that refuses on after it was full is asked about what may have been refused, too.
  const isAsked = (at: number): boolean => mayBeRefused(ledger.outcomeOf(at));
  const room = surelyRoom({ profile, limiter, ledger, indices, isAsked });
  for (let n = 0; n < indices.length; n += 1) {
    if (refused[n] === 1) expected[n] = room[n] === 1 ? may.accepted : may.accepted | may.limited;
  }
  if (idempotency.kind !== 'none') addRepeats(expected, idempotency, ledger, indices);
  return expected.map((bits, n) => (refused[n] === 1 ? bits : 0));
}

/** Whether the request must pass the limiter, as a first or as a repeat. */
export function mustBeAdmitted(expected: number): boolean {
  return (expected & may.limited) === 0;
}
