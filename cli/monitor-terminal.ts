import type { AlertLine, ServerIdentityLine, ServerSampleLine } from '../contract/journal/journal.ts';
import { treeCpuPercent } from '../contract/journal/tree-cpu.ts';
import { treeBytes } from '../contract/journal/tree-memory.ts';
import type { Sink } from '../monitor/sinks/sink.ts';
import type { MonitorVoice } from './monitor-voice.ts';

/** Shows what the monitor sees: alerts as lines that stay, and on a terminal of its own one line kept up to date. */
export class MonitorTerminal implements Sink {
  readonly path = null;
  readonly #voice: MonitorVoice;
  readonly #showsSamples: boolean;

  /** @param ownsTerminal within a run the terminal's one line belongs to the runner. */
  constructor(voice: MonitorVoice, ownsTerminal: boolean) {
    this.#voice = voice;
    this.#showsSamples = ownsTerminal && process.stderr.isTTY === true;
  }

  start(): void {}

  watch(_: ServerIdentityLine, lines: readonly string[]): void {
    for (const text of lines) this.#voice.say(text);
  }

  sample(sample: ServerSampleLine): void {
    if (!this.#showsSamples) return;
    const cpu = treeCpuPercent(sample, 1)?.toFixed(0) ?? '–';
    const bytes = treeBytes(sample, 'rss');
    const memory = bytes === null ? '–' : (bytes / 1e6).toFixed(0);
    const health = sample.health?.state === 'ok' ? ` · health ${sample.health.latencyMs.toFixed(1)} ms` : '';
    this.#voice.show(`${sample.processes.length} processes · ${cpu}% CPU · ${memory} MB${health}`);
  }

  alert(alert: AlertLine): void {
    // It says nothing that its end does not say.
    if (alert.means === 'exiting' || alert.means === 'thread-ended' || alert.means === 'thrown') return;
    this.#voice.say(`! ${alert.message}`);
  }

  store(): void {}

  metrics(): void {}

  end(): void {}
}
