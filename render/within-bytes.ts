/** GitHub shows no summary of a step over 1 MiB; the difference is left to what else the step writes. */
export const summaryBytes = 1_000_000;

const note = '_Cut here: report.html and report.json hold the rest._';

/** Markdown of at most so many bytes: what is beyond is cut between two lines, and the last line says so. */
export function withinBytes(markdown: string, maxBytes: number): string {
  if (Buffer.byteLength(markdown) <= maxBytes) return markdown;
  const end = `\n${note}\n`;
  let left = maxBytes - Buffer.byteLength(end);
  const kept: string[] = [];
  for (const line of markdown.split('\n')) {
    left -= Buffer.byteLength(line) + 1;
    if (left < 0) break;
    kept.push(`${line}\n`);
  }
  return kept.length === 0 ? '' : `${kept.join('')}${end}`;
}
