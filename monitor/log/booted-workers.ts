import { RecentPids } from './recent-pids.ts';

/** Each worker of gunicorn writes it as it starts. Source: gunicorn/arbiter.py, spawn_worker. */
const words = 'Booting worker with pid: ';
const maxDigits = 10;

/**
 * Workers that told of their start: older versions of gunicorn tell of the end of any child of the master in the words that they have for
 * a worker's.
 */
export class BootedWorkers {
  readonly #pids = new RecentPids();

  /** @param text in whole lines. */
  read(text: string): void {
    for (let at = text.indexOf(words); at !== -1; at = text.indexOf(words, at + words.length)) {
      const from = at + words.length;
      const pid = Number.parseInt(text.slice(from, from + maxDigits), 10);
      if (Number.isInteger(pid)) this.#pids.add(pid);
    }
  }

  has(pid: number): boolean {
    return this.#pids.has(pid);
  }
}
