import { sanitize } from '../sanitize.ts';

/** HTML that only the tag below can make of text, so that no string gets into the page unescaped by oversight. */
export class Markup {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

export type Content = string | number | Markup | null | readonly Content[];

function sourceOf(content: Content): string {
  if (content === null) return '';
  if (content instanceof Markup) return content.source;
  if (typeof content === 'number') return String(content);
  if (typeof content !== 'string') return content.map(sourceOf).join('');
  return sanitize(content)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;');
}

/** A template of HTML: strings put into it are text, in elements and in quoted attributes. Null is nothing. */
export function html(template: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new Markup(template.map((part, n) => part + sourceOf(contents[n] ?? null)).join(''));
}
