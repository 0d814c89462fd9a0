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

/** Questions on the terminal. */
export class Terminal {
  readonly #lines: Interface = createInterface({ input: process.stdin, output: process.stderr });

  static orFail(terminal: Terminal | null): Terminal {
    if (terminal === null) throw new ExpectedError('init: there is no terminal to ask at');
    return terminal;
  }

  async ask(question: string, offered: string): Promise<string> {
    return this.#lines.question(`${question} [${offered}]: `);
  }

  /** @returns the index of what was chosen. */
  async choose(question: string, choices: readonly string[]): Promise<number> {
    const list = choices.map((choice, n) => `  ${n + 1}. ${choice}\n`).join('');
    const answer = await this.#lines.question(`${question}\n${list}[1]: `);
    const number = Number(answer.trim() || '1');
    return Number.isInteger(number) && number >= 1 && number <= choices.length ? number - 1 : 0;
  }

  close(): void {
    this.#lines.close();
  }
}
