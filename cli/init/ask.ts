/**
 * Asks one question. @param expected what the answer before this one was not, in words; null: it is asked for the first time.
 * @returns what was typed, or what is offered if nothing was.
 */
export type Ask = (question: string, offered: string, expected: string | null) => Promise<string>;

/** How often a question is asked again whose answer does not fit. */
const maxAttempts = 3;

export interface Wanted {
  readonly question: string;
  readonly offered: string;
  /** What fits, in words. */
  readonly expected: string;
  fits(answer: string): boolean;
}

export async function askUntil(ask: Ask, { question, offered, expected, fits }: Wanted): Promise<string> {
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const answer = (await ask(question, offered, attempt === 1 ? null : expected)).trim() || offered;
    if (fits(answer)) return answer;
  }
  return offered;
}
