/** One line of a metrics page. */
export interface PageSample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

const maxLabels = 32;
const maxLabelLength = 200;
const nameEnd = /[{\s]/;
const numeral = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * The samples of a page in Prometheus' text format or OpenMetrics whose name is wanted. What is malformed is left out, and so is what
 * has no finite value: the page is the server's, and may hold anything. Each character is looked at once.
 */
export function samplesIn(page: string, isWanted: (name: string) => boolean): readonly PageSample[] {
  const samples: PageSample[] = [];
  let at = 0;
  while (at < page.length) {
    const found = page.indexOf('\n', at);
    const end = found === -1 ? page.length : found;
    const sample = page[at] === '#' ? null : sampleIn(page.slice(at, end), isWanted);
    if (sample !== null) samples.push(sample);
    at = end + 1;
  }
  return samples;
}

function sampleIn(line: string, isWanted: (name: string) => boolean): PageSample | null {
  const end = line.search(nameEnd);
  const name = line.slice(0, end);
  if (end < 1 || !isWanted(name)) return null;
  const read = line[end] === '{' ? labelsIn(line, end + 1) : { labels: new Map<string, string>(), end };
  if (read === null) return null;
  // Behind the value there may be a time stamp and an exemplar.
  const [text = ''] = line.slice(read.end).trim().split(/\s/, 1);
  const value = numeral.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? { name, labels: read.labels, value } : null;
}

/** Labels from behind `{` on; null if they are malformed. */
function labelsIn(line: string, from: number): { readonly labels: Map<string, string>; readonly end: number } | null {
  const labels = new Map<string, string>();
  let at = from;
  while (labels.size <= maxLabels) {
    while (line[at] === ' ' || line[at] === ',') at += 1;
    if (line[at] === '}') return { labels, end: at + 1 };
    const equals = line.indexOf('=', at);
    if (equals === -1) return null;
    const name = line.slice(at, equals).trim();
    const value = quotedIn(line, equals + 1);
    if (value === null || name.length > maxLabelLength) return null;
    labels.set(name, value.text);
    at = value.end;
  }
  return null;
}

const escaped: Readonly<Record<string, string>> = { n: '\n', '"': '"', '\\': '\\' };

function quotedIn(line: string, from: number): { readonly text: string; readonly end: number } | null {
  if (line[from] !== '"') return null;
  let text = '';
  for (let at = from + 1; at < line.length; at += 1) {
    const character = line[at] ?? '';
    if (character === '"') return { text: text.slice(0, maxLabelLength), end: at + 1 };
    if (character === '\\') {
      at += 1;
      text += escaped[line[at] ?? ''] ?? '';
    } else {
      text += character;
    }
  }
  return null;
}
