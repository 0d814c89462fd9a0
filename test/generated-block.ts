/**
 * `text` with `block` between `<!-- generated:NAME -->` and `<!-- /generated:NAME -->`, each on a line of its own. A text
 * without these markers stays as it is.
 */
export function withGenerated(text: string, name: string, block: string): string {
  const [from, to] = [`<!-- generated:${name} -->`, `<!-- /generated:${name} -->`];
  const [start, end] = [text.indexOf(from), text.indexOf(to)];
  if (start < 0 || end < start) return text;
  return `${text.slice(0, start)}${from}\n\n${block}\n\n${text.slice(end)}`;
}
