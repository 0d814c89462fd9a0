/** How far a run is, by its plan. */
export interface TimeFigures {
  readonly elapsedSeconds: number;
  /** Until the end of the last scenario; at least so long if one is late. */
  readonly leftSeconds: number;
  /** How much longer the present scenario takes than was planned. */
  readonly lateSeconds: number;
}

interface Planned {
  /** Of each scenario, in order. */
  readonly seconds: readonly number[];
  readonly cooldownSeconds: number;
}

/** What is left of a run: of the present scenario what its plan leaves, and all that follows. */
export class TimeLeft {
  readonly #planned: Planned;
  readonly #nowMs: () => number;
  readonly #startedMs: number;
  #scenario = 0;
  #scenarioStartedMs: number;

  constructor(planned: Planned, nowMs: () => number = () => performance.now()) {
    this.#planned = planned;
    this.#nowMs = nowMs;
    this.#startedMs = nowMs();
    this.#scenarioStartedMs = this.#startedMs;
  }

  /** The nth scenario begins now. */
  begin(n: number): void {
    this.#scenario = n;
    this.#scenarioStartedMs = this.#nowMs();
  }

  now(): TimeFigures {
    const { seconds, cooldownSeconds } = this.#planned;
    const ran = (this.#nowMs() - this.#scenarioStartedMs) / 1000;
    const planned = seconds[this.#scenario] ?? 0;
    const following = seconds.slice(this.#scenario + 1);
    return {
      elapsedSeconds: (this.#nowMs() - this.#startedMs) / 1000,
      leftSeconds: following.reduce((sum, each) => sum + cooldownSeconds + each, Math.max(0, planned - ran)),
      lateSeconds: Math.max(0, ran - planned),
    };
  }
}

/** `1:05 min`, `1:02:05 h`. */
export function clockTimeWithUnit(seconds: number): string {
  const text = clockTime(seconds);
  return `${text} ${text.split(':').length > 2 ? 'h' : 'min'}`;
}

/** `1:05`, `1:02:05`. */
export function clockTime(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
