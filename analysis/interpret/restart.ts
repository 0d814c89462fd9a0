import type { Ledger } from '../journal/ledger.ts';
import type { Run } from './run.ts';

/** From SIGTERM until the server took requests again. */
export interface RestartSpan {
  readonly fromUs: number;
  readonly toUs: number;
}

/** The restart that the run itself asked for; what fell into it was bound to fail and says nothing on normal service. */
export function restartSpan({ manifest }: Pick<Run, 'manifest'>): RestartSpan | null {
  const { restart } = manifest;
  if (restart === null) return null;
  return { fromUs: restart.askedAtUs, toUs: restart.backAtUs ?? Number.POSITIVE_INFINITY };
}

export function fellIntoRestart(ledger: Ledger, at: number, span: RestartSpan | null): boolean {
  if (span === null) return false;
  // The runner asked for it, by the run's clock.
  return ledger.notedSendUs(at) - ledger.clockUs <= span.toUs && ledger.notedEndUs(at) + ledger.clockUs >= span.fromUs;
}

/** What the restart showed, in words; null where none was asked for. */
export function restartNote({ manifest, scenarios }: Pick<Run, 'manifest' | 'scenarios'>): string | null {
  const { restart } = manifest;
  if (restart === null) return null;
  const seconds = (us: number): string => ((us - restart.askedAtUs) / 1e6).toFixed(2);
  const ledger = scenarios.find(({ name }) => name === restart.scenario)?.ledger ?? null;
  const span = restartSpan({ manifest });
  let caught = 0;
  for (let at = 0; ledger !== null && at < ledger.length; at += 1) {
    if (ledger.isSignal(at) && fellIntoRestart(ledger, at, span)) caught += 1;
  }
  const drained =
    restart.endedAtUs === null
      ? 'its end was not seen'
      : restart.exitCode === null
        ? `it did not drain and was killed after ${seconds(restart.endedAtUs)} s`
        : `drained in ${seconds(restart.endedAtUs)} s`;
  const back = restart.backAtUs === null ? 'it did not come back' : `back after ${seconds(restart.backAtUs)} s`;
  return `SIGTERM under load: ${drained}, ${back}; ${caught} signals fell into it`;
}
