import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import type { Ledger } from '../journal/ledger.ts';
import { countedTogether } from './quota-use.ts';
import { toleranceUs } from './tolerance.ts';

const secondUs = 1_000_000;

/** Some write the block after they have answered, or end it by a timer; and clocks drift apart within a run. */
const slackUs = toleranceUs + 10_000;

/** So many comparisons at most: all ends of a run are held against each other. */
const maxBlocks = 1_000;

/**
 * By how much a penalty time of whole seconds may be shorter and longer than declared, where the server keeps it by a clock of whole seconds:
 *
 *     until = int(now) + 3, refused while int(now) <  until     2 to 3 s: up to a second shorter
 *                           refused while int(now) <= until     3 to 4 s: up to a second longer
 */
export interface PenaltySlack {
  readonly shorterUs: number;
  readonly longerUs: number;
}

const noSlack: PenaltySlack = { shorterUs: 0, longerUs: 0 };
const slacks: readonly PenaltySlack[] = [
  { shorterUs: secondUs, longerUs: 0 },
  { shorterUs: 0, longerUs: secondUs },
];

/** A ledger belongs to one run, and several candidates are held against it. */
const known = new WeakMap<Ledger, Map<string, PenaltySlack>>();

/** None unless what a scenario shows is all as such a clock does it, and not as a penalty time of one other length does. Worked out once. */
export function penaltySlack(ledger: Ledger, profile: TargetProfile, limiter: DeclaredLimiter): PenaltySlack {
  const { penaltyMs, penaltyProlonged, scope } = limiter;
  if (penaltyMs === undefined || penaltyMs % 1000 !== 0 || penaltyProlonged === true) return noSlack;
  const byLength = known.get(ledger) ?? new Map<string, PenaltySlack>();
  known.set(ledger, byLength);
  const key = `${penaltyMs}/${scope}`;
  const found = byLength.get(key) ?? slackIn(ledger, { ...profile, limiter }, penaltyMs * 1000);
  byLength.set(key, found);
  return found;
}

function slackIn(ledger: Ledger, profile: TargetProfile, penaltyUs: number): PenaltySlack {
  if (!promisesWholeSeconds(ledger)) return noSlack;
  const blocks = [...countedTogether(ledger, profile).values()].flatMap((indices) => blocksOf(ledger, indices));
  if (blocks.length > maxBlocks || !differInLength(blocks)) return noSlack;
  return slacks.find((slack) => endOnSeconds(blocks, penaltyUs, slack)) ?? noSlack;
}

function promisesWholeSeconds(ledger: Ledger): boolean {
  for (let at = 0; at < ledger.length; at += 1) {
    if (ledger.outcomeOf(at) !== 'limited') continue;
    const text = ledger.headerSets.of(at)?.['Retry-After'] ?? '';
    if ((ledger.retryAfterMs(at) ?? 0) % 1000 !== 0 || /\d[.,]\d/.test(text)) return false;
  }
  return true;
}

/** All was refused from an instant on to another: the least and the most that each can be. */
interface Block {
  readonly minStartUs: number;
  readonly maxStartUs: number;
  readonly minEndUs: number;
  readonly maxEndUs: number;
}

function blocksOf(ledger: Ledger, indices: Uint32Array): readonly Block[] {
  const blocks: Block[] = [];
  let refused: number[] = [];
  let lastAdmittedUs = Number.POSITIVE_INFINITY;
  let firstEndUs = Number.POSITIVE_INFINITY;
  for (const at of indices) {
    const sendUs = ledger.sendUs(at);
    if (ledger.outcomeOf(at) === 'limited') {
      refused.push(at);
      firstEndUs = Math.min(firstEndUs, ledger.endUs(at));
    } else if (ledger.outcomeOf(at) === 'accepted' && ledger.roleOf(at) !== 'limiter.forwarded') {
      if (refused.length > 0 && sendUs > firstEndUs) {
        blocks.push({
          // Some count it from the last request that they admitted.
          minStartUs: Math.min(lastAdmittedUs, ledger.sendUs(refused[0] ?? at)),
          maxStartUs: firstEndUs,
          minEndUs: refused.reduce((last, one) => (ledger.endUs(one) <= sendUs ? ledger.sendUs(one) : last), 0),
          maxEndUs: ledger.endUs(at),
        });
        refused = [];
        firstEndUs = Number.POSITIVE_INFINITY;
      }
      lastAdmittedUs = sendUs;
    }
  }
  return blocks;
}

/** One lasted surely longer than another: no penalty time of one length does that. */
function differInLength(blocks: readonly Block[]): boolean {
  const longestUs = blocks.reduce(
    (most, { maxStartUs, minEndUs }) => Math.max(most, minEndUs - maxStartUs),
    Number.NEGATIVE_INFINITY,
  );
  const shortestUs = blocks.reduce(
    (least, { minStartUs, maxEndUs }) => Math.min(least, maxEndUs - minStartUs),
    Number.POSITIVE_INFINITY,
  );
  return longestUs > shortestUs + slackUs;
}

/** Whether all ended as a second of one clock began, by the length that the clock gives each. */
function endOnSeconds(blocks: readonly Block[], penaltyUs: number, { shorterUs, longerUs }: PenaltySlack): boolean {
  const ends = blocks.map(({ minStartUs, maxStartUs, minEndUs, maxEndUs }) => ({
    fromUs: Math.max(minEndUs, minStartUs + penaltyUs - shorterUs) - slackUs,
    toUs: Math.min(maxEndUs, maxStartUs + penaltyUs + longerUs) + slackUs,
  }));
  // If there is such a clock, one of its seconds may begin at the earliest end of some block.
  return ends.some(({ fromUs: offsetUs }) =>
    ends.every(({ fromUs, toUs }) => offsetUs + Math.ceil((fromUs - offsetUs) / secondUs) * secondUs <= toUs),
  );
}
