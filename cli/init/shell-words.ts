import { ExpectedError } from '../../contract/report/expected-error.ts';

const ansiEscapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '0': '\0',
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  v: '\v',
};
const maxLength = 200_000;

/** A command as Windows' command line has it, with ^ before what means something to it. */
const fromWindows = (text: string): string =>
  / \^"|\^\r?\n/.test(text) ? text.replace(/\^\r?\n/g, ' ').replace(/\^(.)/gs, '$1') : text;

/**
 * The words of a shell's command: quotes, $'…', backslashes and continued lines. Nothing is run or expanded: `$NAME` stays as it is.
 * Throws an ExpectedError for a quote that is not closed, and at `;`, `|`, `&&` and the like ends.
 */
export function shellWords(text: string): readonly string[] {
  if (text.length > maxLength) throw new ExpectedError(`--curl: the command is longer than ${maxLength} characters`);
  return new Splitter(fromWindows(text.trim())).words();
}

class Splitter {
  readonly #text: string;
  #at = 0;
  #word: string | null = null;
  readonly #words: string[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  words(): readonly string[] {
    while (this.#at < this.#text.length) {
      const mark = this.#text[this.#at] ?? '';
      if (/[;|&<>\n]/.test(mark)) {
        if (mark !== '\n' || this.#words.length > 0 || this.#word !== null) break;
      }
      this.#at += 1;
      this.#take(mark);
    }
    this.#end();
    return this.#words;
  }

  #take(mark: string): void {
    if (/\s/.test(mark)) this.#end();
    else if (mark === '\\') this.#escaped();
    else this.#add(this.#textAfter(mark));
  }

  /** What a mark begins, or itself. */
  #textAfter(mark: string): string {
    if (mark === "'") return this.#until("'");
    if (mark === '"') return this.#doubleQuoted();
    if (mark !== '$' || this.#text[this.#at] !== "'") return mark;
    this.#at += 1;
    return this.#ansi();
  }

  #add(text: string): void {
    this.#word = (this.#word ?? '') + text;
  }

  #end(): void {
    if (this.#word !== null) this.#words.push(this.#word);
    this.#word = null;
  }

  /** A backslash joins lines, and takes the next character as it is. */
  #escaped(): void {
    const next = this.#text[this.#at] ?? '';
    this.#at += 1;
    if (next === '\r' && this.#text[this.#at] === '\n') this.#at += 1;
    else if (next !== '\n') this.#add(next);
  }

  #until(end: string): string {
    const to = this.#text.indexOf(end, this.#at);
    if (to === -1) throw unclosed(end);
    const inside = this.#text.slice(this.#at, to);
    this.#at = to + 1;
    return inside;
  }

  #doubleQuoted(): string {
    let inside = '';
    for (;;) {
      const mark = this.#text[this.#at];
      this.#at += 1;
      if (mark === undefined) throw unclosed('"');
      if (mark === '"') return inside;
      if (mark !== '\\') inside += mark;
      else {
        const next = this.#text[this.#at] ?? '';
        this.#at += 1;
        if (next !== '\n') inside += /["\\$`]/.test(next) ? next : `\\${next}`;
      }
    }
  }

  #ansi(): string {
    let inside = '';
    for (;;) {
      const mark = this.#text[this.#at];
      this.#at += 1;
      if (mark === undefined) throw unclosed("$'");
      if (mark === "'") return inside;
      inside += mark === '\\' ? this.#ansiEscape() : mark;
    }
  }

  #ansiEscape(): string {
    const code = /^(?:x([0-9a-f]{1,2})|u([0-9a-f]{1,4})|U([0-9a-f]{1,8}))/i.exec(
      this.#text.slice(this.#at, this.#at + 9),
    );
    if (code !== null) {
      this.#at += code[0].length;
      const point = Number.parseInt(code[1] ?? code[2] ?? code[3] ?? '', 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : '';
    }
    const next = this.#text[this.#at] ?? '';
    this.#at += 1;
    return ansiEscapes[next] ?? next;
  }
}

const unclosed = (quote: string): ExpectedError =>
  new ExpectedError(
    `--curl: a quote (${quote}) is not closed: paste the whole command, through stdin if your shell takes it apart`,
  );
