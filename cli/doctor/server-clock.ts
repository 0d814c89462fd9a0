import type { TargetProfile } from '../../contract/profile/profile.ts';
import { type Check, ok, problem, unknown } from './check.ts';
import type { Heard } from './client.ts';

/** By how much the server's clock is ahead of this one: surely between the two. */
export interface ServerClock {
  readonly lowMs: number;
  readonly highMs: number;
}

/** A Date says whole seconds, and some servers write it anew once a second only (uvicorn). */
const granularityMs = 2000;
/** Less is of no matter: signatures tolerate more, and no verdict compares the two clocks. */
const maxOffMs = 30_000;

/**
 * The server's clock by the Date of its answers: each says the second in which it was written, or the one before. An
 * answer with an Age comes from a cache and says nothing.
 * @returns null if no answer tells, or no single offset fits them.
 */
export function serverClock(heard: readonly Heard[]): ServerClock | null {
  let [lowMs, highMs] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const { headers, sentAtMs, heardAtMs } of heard) {
    const atMs = Date.parse(headers.date ?? '');
    if (Number.isNaN(atMs) || headers.age !== undefined) continue;
    lowMs = Math.max(lowMs, atMs - heardAtMs);
    highMs = Math.min(highMs, atMs + granularityMs - sentAtMs);
  }
  return Number.isFinite(lowMs) && Number.isFinite(highMs) && lowMs <= highMs ? { lowMs, highMs } : null;
}

/** Whether both clocks may tell the same time: of slow answers the Date leaves much open. */
export const mayAgree = ({ lowMs, highMs }: ServerClock): boolean => lowMs <= 0 && highMs >= 0;

export const middleMs = ({ lowMs, highMs }: ServerClock): number => (lowMs + highMs) / 2;

/** "60.2 s behind this machine's, ±0.5 s"; of less than a Date can tell, "within 1 s of this machine's". */
export function clockInWords(clock: ServerClock): string {
  const ms = middleMs(clock);
  if (Math.abs(ms) < granularityMs) {
    const withinMs = Math.max(1000, Math.abs(clock.lowMs), Math.abs(clock.highMs));
    return `within ${Math.ceil(withinMs / 1000)} s of this machine's`;
  }
  const uncertainty = `±${((clock.highMs - clock.lowMs) / 2000).toFixed(1)} s`;
  return `${(Math.abs(ms) / 1000).toFixed(1)} s ${ms < 0 ? 'behind' : 'ahead of'} this machine's, ${uncertainty}`;
}

/** The offset, where the clocks surely differ by more than is of no matter. */
export const surelyOffMs = (clock: ServerClock | null): number | null =>
  clock !== null && (clock.lowMs > maxOffMs || clock.highMs < -maxOffMs) ? middleMs(clock) : null;

export const clockRemedy =
  'set both clocks by NTP (timedatectl set-ntp true), and in a virtual machine or container the clock of its host';

/** Whether the profile has the server compare its clock with the sender's. */
export const signsTime = ({ secret }: TargetProfile): boolean =>
  secret.in === 'signature' && secret.toleranceSeconds !== null;

export function clockCheck(heard: readonly Heard[], profile: TargetProfile): Check {
  const clock = serverClock(heard);
  if (clock === null) return unknown('clock', 'no answer of the server tells its time (Date)');
  const words = `the server's clock is ${clockInWords(clock)}`;
  return surelyOffMs(clock) === null ? ok('clock', words) : problem('clock', words, clockRemedy, signsTime(profile));
}
