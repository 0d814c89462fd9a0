import type { TargetProfile } from '../profile/profile.ts';
import { longestDelayMs } from './allowed-answer.ts';
import { bucketLeft, limitOf, pathsAsked, perSecond, signalLimit, uncappedRate } from './limits.ts';
import type { PlannedPhase } from './plan.ts';
import type { ScenarioNote } from './scenario-plan.ts';
import type { Sizes } from './sizes.ts';

/** What a plan leaves out because of MAX_RATE, or because health checks use up the limit: one sentence each. */
export function capacityNotes(
  phases: readonly PlannedPhase[],
  { MAX_RATE, REQUEST_TIMEOUT_MS }: Sizes,
  profile: TargetProfile,
): readonly ScenarioNote[] {
  const { limiter } = profile;
  if (limiter.kind === 'none') return [];
  const notes: ScenarioNote[] = [];
  const paced = phases.flatMap(({ name, schedule, purpose }) =>
    schedule.kind === 'rate' && purpose === 'load' ? [{ name, webhooks: schedule.webhooks }] : [],
  );
  const allowed = paced.reduce((max, { webhooks }) => Math.max(max, perSecond(uncappedRate(profile, webhooks))), 0);
  if (allowed > MAX_RATE) {
    const text = `the limiter would allow ${Math.floor(allowed)} signals per second; MAX_RATE keeps the load at ${MAX_RATE}`;
    notes.push({ text, phases: paced.map(({ name }) => name) });
  }
  if (2 * limitOf(profile) > MAX_RATE && phases.some(({ role }) => role.startsWith('limiter.'))) {
    notes.push({
      text: `a limit of ${limitOf(profile)} is not reached by bursts of ${MAX_RATE} signals: raise MAX_RATE to twice the limit or more to test the limiter`,
    });
  }
  if (signalLimit(profile) < 1 || bucketLeft(profile) < 1) {
    notes.push({
      text: `health checks share the limit with the signals (scope ${limiter.scope}) and use all of it: ${pathsAsked(profile, limiter)} per second; so no signal surely must be admitted, and success of legitimate requests will be inconclusive: set the profile's monitoring paths to null, or raise the limit`,
    });
  }
  const waitMs = longestDelayMs(profile);
  if (waitMs > REQUEST_TIMEOUT_MS) {
    notes.push({
      text: `the limiter makes requests wait for up to ${Math.ceil(waitMs / 1000)} s, longer than REQUEST_TIMEOUT_MS=${REQUEST_TIMEOUT_MS}: what waits longer counts as a timeout, and the rate limiter may stay inconclusive`,
    });
  }
  return notes;
}
