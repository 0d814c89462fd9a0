const maxLineLength = 64 * 1024;

/**
 * Splits a stream of chunks into lines, in bounded memory: what exceeds 64 KiB of one line is dropped.
 * @returns what takes a chunk, and what ends the last line.
 */
export function boundedLines(onLine: (line: string) => void): { take(chunk: Buffer): void; end(): void } {
  const decoder = new TextDecoder();
  let rest = '';
  const add = (text: string): void => {
    rest += text.slice(0, maxLineLength - rest.length);
  };
  return {
    take(chunk) {
      const parts = decoder.decode(chunk, { stream: true }).split('\n');
      for (const [n, part] of parts.entries()) {
        add(part);
        if (n === parts.length - 1) return;
        onLine(rest);
        rest = '';
      }
    },
    end() {
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
}
