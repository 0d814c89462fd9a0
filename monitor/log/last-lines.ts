/** What a program wrote longer before its end than this tells nothing of it. */
const freshUs = 3_000_000;
const maxCharacters = 4096;
/** Of all logs together. */
const maxLines = 12;

/** The lines of a text that end at `end`, so many at most. */
export function lastLines(text: string, end: number, count: number): readonly string[] {
  let from = end;
  for (let n = 0; n < count && from > 0; n += 1) from = text.lastIndexOf('\n', from - 2) + 1;
  return from === end ? [] : text.slice(from, end - 1).split('\n');
}

interface Last {
  readonly lines: readonly string[];
  readonly atUs: number;
}

/** What stands last in each of the server's logs. */
export class LastLines {
  readonly #ofLog = new Map<string, Last>();

  /** Takes what is new in a log, in whole lines. */
  read(path: string, text: string, atUs: number): void {
    const written = lastLines(text, text.length, maxLines).filter((line) => line.trim() !== '');
    const lines = written.map((line) => line.slice(0, maxCharacters));
    const before = this.#ofLog.get(path)?.lines ?? [];
    this.#ofLog.set(path, { lines: [...before, ...lines].slice(-maxLines), atUs });
  }

  /** Where several logs were written to right before, each has its share. */
  at(atUs: number): readonly string[] {
    const fresh = [...this.#ofLog.values()].filter((last) => last.atUs >= atUs - freshUs && last.lines.length > 0);
    const share = Math.floor(maxLines / fresh.length);
    return fresh.flatMap(({ lines }) => lines.slice(-share)).slice(-maxLines);
  }
}
