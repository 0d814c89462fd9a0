import { createInterface, type Interface } from 'node:readline/promises';
import { ExpectedError } from '../../contract/report/expected-error.ts';

const maxBytes = 1_000_000;

/** All of stdin. Throws an ExpectedError if it is a terminal, where nobody would know what is waited for. */
export async function standardInput(): Promise<string> {
  if (process.stdin.isTTY === true) process.stderr.write('Paste the command, then press Ctrl-D:\n');
  let text = '';
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.length > maxBytes) throw new ExpectedError(`init: stdin is longer than ${maxBytes} characters`);
  }
  if (text.trim() === '') throw new ExpectedError('init: stdin is empty: pipe the command into it');
  return text;
}

/** Whoever was asked pressed Ctrl-C. */
export class AskingInterrupted extends Error {}

const inputEnded =
  'init: the input ended at a question, and nothing was written: answer each of them (Enter takes what is offered), or give --openapi or --curl';

export interface AskedOn {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** Left out: as the output says. */
  readonly terminal?: boolean;
}

/** Questions on the terminal. */
export class Terminal {
  readonly #lines: Interface;
  readonly #output: NodeJS.WritableStream;
  #end: Error | null = null;

  constructor(on: AskedOn = { input: process.stdin, output: process.stderr }) {
    this.#output = on.output;
    this.#lines = createInterface(on);
    this.#lines.once('SIGINT', () => {
      this.#end = new AskingInterrupted('Interrupted');
      this.#lines.close();
    });
    this.#lines.once('close', () => {
      this.#end ??= new ExpectedError(inputEnded);
    });
  }

  static orFail(terminal: Terminal | null): Terminal {
    if (terminal === null) throw new ExpectedError('init: there is no terminal to ask at: give --openapi or --curl');
    return terminal;
  }

  /** @param expected what the answer before this one was not; null: there was none. */
  async ask(question: string, offered: string, expected: string | null = null): Promise<string> {
    return this.#answer(`${expected === null ? '' : `  Expected: ${expected}.\n`}${question} [${offered}]: `);
  }

  /** @returns the index of what was chosen. */
  async choose(question: string, choices: readonly string[]): Promise<number> {
    const list = choices.map((choice, n) => `  ${n + 1}. ${choice}\n`).join('');
    const answer = await this.#answer(`${question}\n${list}[1]: `);
    const number = Number(answer.trim() || '1');
    return Number.isInteger(number) && number >= 1 && number <= choices.length ? number - 1 : 0;
  }

  close(): void {
    this.#lines.close();
  }

  /** Throws an AskingInterrupted after Ctrl-C, and an ExpectedError at the end of the input (Ctrl-D). */
  #answer(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      // A question that stands open at the end is never answered on a pipe, and refused with an AbortError on a terminal.
      const onEnd = (): void => {
        this.#output.write('\n');
        reject(this.#end ?? new ExpectedError(inputEnded));
      };
      if (this.#end !== null) {
        reject(this.#end);
        return;
      }
      this.#lines.once('close', onEnd);
      this.#lines.question(text).then(
        (answer) => {
          this.#lines.off('close', onEnd);
          resolve(answer);
        },
        (error: unknown) =>
          reject(
            error instanceof Error && error.name !== 'AbortError'
              ? error
              : (this.#end ?? new ExpectedError(inputEnded)),
          ),
      );
    });
  }
}
