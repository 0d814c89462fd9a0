import { reasonInWords } from '../../contract/journal/end-reasons.ts';
import type { AlertLine } from '../../contract/journal/journal.ts';

type EndAlert = AlertLine & Required<Pick<AlertLine, 'means' | 'reason'>>;

const minuteUs = 60_000_000;
/** Of one reason the first few tell what happens: a server may say of its jobs each second that they ended. */
const maxPerMinute = 20;

/** Lines of ends that name no process: of each reason some a minute, and that there were more. */
export class UnnamedLines {
  readonly #counts = new Map<string, number>();
  #fromUs = Number.NEGATIVE_INFINITY;

  /** @returns what is told; null for a line that is left out. */
  told(alert: EndAlert): AlertLine | null {
    const { atUs, means } = alert;
    // Who told it to end is the reason of each end that follows.
    if (means === 'asked') return alert;
    if (atUs - this.#fromUs >= minuteUs) {
      this.#counts.clear();
      this.#fromUs = atUs;
    }
    const words = reasonInWords(alert);
    const count = (this.#counts.get(words) ?? 0) + 1;
    this.#counts.set(words, count);
    if (count <= maxPerMinute) return alert;
    if (count > maxPerMinute + 1) return null;
    const message = `the log: more than ${maxPerMinute} lines in a minute say that one ${words}; the others of that minute are left out`;
    return { atUs, alert: 'end-in-log', message };
  }
}
