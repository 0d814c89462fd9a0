import type { BurstProbe } from '../../contract/plan/rate-limit.ts';
import { shareOf, stepAt } from '../../contract/plan/timetable.ts';
import { eachStep, waitConnected } from '../barrier.ts';
import type { Provisioned } from '../provisioning.ts';
import { sender } from '../sender.ts';
import type { SendOptions } from '../sent-request.ts';

/**
 * Distinct signals at the instant of each step.
 * @param optionsOf what goes with signal n.
 * @param afterwards what a member does when its part of the burst is answered.
 */
export function sendBursts(
  run: Provisioned,
  probe: BurstProbe,
  idPrefix: string,
  optionsOf: (n: number) => SendOptions = () => ({}),
  afterwards: (slot: number, instantMs: number, webhook: number) => void = () => {},
): void {
  eachStep(probe, (step, slot) => {
    const { atMs, webhook } = stepAt(probe, step);
    const instantMs = run.readyAtMs + atMs;
    const send = sender(run, webhook, idPrefix, 'probe');
    waitConnected(instantMs);
    for (const place of shareOf(slot, probe.vusPerGroup, probe.signals)) {
      const n = step * probe.signals + place;
      send(n, optionsOf(n));
    }
    afterwards(slot, instantMs, webhook);
  });
}

/** An address of TEST-NET-2 (RFC 5737) for each n up to 65,535: none is anybody's. */
export const forgedOrigin = (n: number): SendOptions => ({
  headers: { 'X-Forwarded-For': `198.51.100.${n % 256}, 203.0.113.${Math.floor(n / 256) % 256}` },
});
