/** Asks one question. @returns what was typed, or what is offered if nothing was. */
export type Ask = (question: string, offered: string) => Promise<string>;

/** How often a question is asked again whose answer does not fit. */
const maxAttempts = 3;

export async function askUntil(
  ask: Ask,
  question: string,
  offered: string,
  fits: (answer: string) => boolean,
): Promise<string> {
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const answer = (await ask(question, offered)).trim() || offered;
    if (fits(answer)) return answer;
  }
  return offered;
}
