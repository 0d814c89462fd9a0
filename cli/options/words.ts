export type Words = { readonly words: readonly string[] } | { readonly problem: string };

/** One piece of a word: plain characters, an escaped one, what stands in quotes; or blanks between words, or a line that goes on. */
const piece =
  /(?<blanks>\s+)|(?<joined>\\\r?\n)|'(?<single>[^']*)'|"(?<double>(?:[^"\\]|\\[\s\S])*)"|\\(?<escaped>[\s\S])|(?<bare>[^\s'"\\]+)/y;

/**
 * A text as a shell splits it into words: at blanks and line breaks, but not in quotes. Nothing in it is replaced or carried out: a
 * dollar sign, an asterisk and a semicolon are characters.
 */
export function splitWords(text: string): Words {
  const words: string[] = [];
  let word: string | null = null;
  let at = 0;
  while (at < text.length) {
    piece.lastIndex = at;
    const found = piece.exec(text)?.groups;
    if (found === undefined) {
      return { problem: text[at] === '\\' ? 'ends with a backslash' : `has a quote (${text[at]}) that is not closed` };
    }
    at = piece.lastIndex;
    if (found.blanks !== undefined) {
      if (word !== null) words.push(word);
      word = null;
      continue;
    }
    if (found.joined !== undefined) continue;
    const inDouble = found.double?.replace(/\\\r?\n/g, '').replace(/\\([\\"$`])/g, '$1');
    word = (word ?? '') + (found.single ?? inDouble ?? found.escaped ?? found.bare ?? '');
  }
  return { words: word === null ? words : [...words, word] };
}
