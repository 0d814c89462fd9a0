/** Longer than this our own silence is not told apart from the store's. */
const maxOwnSilenceMs = 50;
const attempts = 3;
const beatMs = 10;

/** A time that a store was asked. */
export interface Asked {
  /** Until its answer was read. */
  readonly elapsedMs: number;
  /** For how much of that this process surely ran, and there was no answer to read. */
  readonly waitedMs: number;
}

/** The quickest answer, but no less than what was surely waited for one of them: a store that was slow once was slow. */
export function answerTimeOf(asked: readonly Asked[]): number {
  const quickestMs = asked.reduce((least, { elapsedMs }) => Math.min(least, elapsedMs), Number.POSITIVE_INFINITY);
  return asked.reduce((most, { waitedMs }) => Math.max(most, waitedMs), quickestMs);
}

/** How long `ask` takes, in milliseconds, asked again where this process itself was not let run meanwhile. */
export async function latencyOf(ask: () => Promise<unknown>): Promise<number> {
  const asked: Asked[] = [];
  for (let n = 0; n < attempts; n += 1) {
    const startedMs = performance.now();
    let lastMs = startedMs;
    let silenceMs = 0;
    let beats = 0;
    const beat = setInterval(() => {
      silenceMs = Math.max(silenceMs, performance.now() - lastMs);
      lastMs = performance.now();
      beats += 1;
    }, beatMs);
    try {
      await ask();
    } finally {
      clearInterval(beat);
    }
    const endedMs = performance.now();
    asked.push({ elapsedMs: endedMs - startedMs, waitedMs: beats * beatMs });
    if (Math.max(silenceMs, endedMs - lastMs) < maxOwnSilenceMs) break;
  }
  return Math.round(answerTimeOf(asked) * 1000) / 1000;
}
