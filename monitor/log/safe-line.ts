import { hidden, isSecretName } from '../../contract/journal/redaction.ts';

const maxCharacters = 200;

/** Behind a verb of HTTP stands a path, and in it often the token of a webhook. */
const requestPath = /\b(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (?:https?:\/\/)?\/\S*/g;
const pairs = [/\b([\w.-]+)(\s?=\s?)(["']?)([^\s"',;]+)\3/g, /\b([\w.-]+)(\s?:\s?)(["']?)([^\s"',;]+)\3/g];
/** Long, of letters and digits mixed, and no path, module or time: most likely a token. */
const random = /(?<![\w./-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{16,}(?![\w./-])/g;

/** What a program writes where it takes the log for a terminal, or is told to. */
const colors = /\p{Cc}\[[\d;]*m/gu;

export const withoutColors = (text: string): string => text.replace(colors, '');

/** A line of a server's log that may be kept: bounded, of printable characters, and without what may be a secret. */
export function safeLine(line: string, redact: (text: string) => string): string {
  const text = withoutColors(Buffer.from(line, 'latin1').toString('utf8')).replace(/[^\P{C}\t]/gu, '');
  return pairs
    .reduce(
      (hiding, pair) =>
        hiding.replace(pair, (all, name: string, mark: string) =>
          isSecretName(name) ? `${name}${mark}${hidden}` : all,
        ),
      redact(text).replace(requestPath, '$1 ‹path›'),
    )
    .replace(random, hidden)
    .slice(0, maxCharacters);
}
