/**
 * A clock for waits that a step of the wall clock does not bend. What passes while it sleeps is known from the sleep itself, which
 * k6 takes on a monotonic clock; what passes otherwise is a request, and no longer than its time limit. A wall clock that says
 * something else has stepped, and its step is taken out.
 *
 *     slept 1,000 ms, the wall clock moved by 1,003 ms:        late, no step
 *     slept 1,000 ms, the wall clock moved by 3,601,000 ms:    a step of one hour ahead
 *     slept 1,000 ms, the wall clock moved by -59,000 ms:      a step of one minute back
 */
export class SteadyClock {
  private wallMs: number;
  private stepsMs = 0;

  constructor(
    private readonly readWallMs: () => number,
    private readonly pause: (ms: number) => void,
    /** Longest time between two readings without a sleep. */
    private readonly maxBusyMs: number,
  ) {
    this.wallMs = readWallMs();
  }

  nowMs(): number {
    return this.passed(0, this.maxBusyMs);
  }

  /** Sleeps until an instant. Returns at once if it has passed. */
  sleepUntil(instantMs: number): void {
    for (let left = instantMs - this.nowMs(); left > 0; left = instantMs - this.sleep(Math.min(left, sliceMs)));
  }

  private sleep(ms: number): number {
    this.pause(ms);
    return this.passed(ms, ms);
  }

  /** The time now, if so much has passed since the last reading. */
  private passed(minMs: number, maxMs: number): number {
    const wallMs = this.readWallMs();
    const elapsedMs = wallMs - this.wallMs;
    if (elapsedMs < minMs - earlyMs || elapsedMs > maxMs + lateMs) this.stepsMs += minMs - elapsedMs;
    this.wallMs = wallMs;
    return wallMs + this.stepsMs;
  }
}

/** Long waits are slept in slices, so that a step in one of them is noticed. */
const sliceMs = 1_000;
/** What is less is rounding of the wall clock, or its slewing. */
const earlyMs = 20;
/** A busy machine may wake a sleeper late by so much. */
const lateMs = 2_000;
