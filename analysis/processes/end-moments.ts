import { saidIn } from '../../contract/journal/end-reasons.ts';
import type { ProcessSample } from '../../contract/journal/journal.ts';
import { processIdentity } from '../../contract/journal/process-identity.ts';
import type { ServerTimeline } from '../journal/server.ts';
import { isStatus } from './last-words.ts';

/** Between which samples a process ended. */
interface EndSpan {
  readonly lastSeenUs: number;
  readonly atUs: number;
}

/** A look may show a process that rested for so long after its end: see KeptStats of the monitor. What was said earlier is of no end. */
const shownUs = 2_000_000;

/**
 * When processes ended, as the kernel or whoever waits for them told by exit code or signal: that is never too early, and samples may show
 * them a moment longer.
 */
export class EndMoments {
  /** Of the samples that may have shown a process after its end, and of the one before them. */
  readonly #sampledUs: number[] = [];
  readonly #toldUs = new Map<string, number>();

  constructor({ alerts }: Pick<ServerTimeline, 'alerts'>) {
    for (const alert of alerts) {
      const { pid, startTicks, atUs } = alert;
      const said = saidIn(alert);
      if (pid === undefined || startTicks === undefined || said === null || !isStatus(said)) continue;
      const key = processIdentity({ pid, startTicks });
      this.#toldUs.set(key, Math.min(atUs, this.#toldUs.get(key) ?? atUs));
    }
  }

  /** Notes a sample, in the order of time. */
  sampled(atUs: number): void {
    while ((this.#sampledUs[1] ?? atUs) < atUs - shownUs) this.#sampledUs.shift();
    this.#sampledUs.push(atUs);
  }

  /** @param shown the last sample with it, noted as the last one, and the first one without it. */
  of(process: Pick<ProcessSample, 'pid' | 'startTicks'>, shown: EndSpan): EndSpan {
    const toldUs = this.#toldUs.get(processIdentity(process));
    if (toldUs === undefined || toldUs > shown.lastSeenUs || toldUs < shown.lastSeenUs - shownUs) return shown;
    // A sample is taken a moment before it is asked what ended.
    const atUs = toldUs === shown.lastSeenUs ? shown.atUs : toldUs;
    return { lastSeenUs: this.#sampledUs.findLast((us) => us < toldUs) ?? shown.lastSeenUs, atUs };
  }
}
