import type { SourceFile } from './files.ts';

/** Words that we no longer use, and what to say instead. */
const oldWords: readonly { readonly word: string; readonly pattern: RegExp; readonly say: string }[] = [
  { word: 'volley', pattern: /volley/gi, say: 'burst' },
  { word: 'crowd', pattern: /crowd/gi, say: 'isolated burst' },
  { word: 'crew', pattern: /crew/gi, say: 'VU group' },
  // `probe_straddle` is the name of a phase in journals of version 1.
  { word: 'straddle', pattern: /(?<!'probe_)straddle/gi, say: 'boundary probe' },
  { word: 'opener', pattern: /\bopeners?\b/gi, say: 'priming request' },
  { word: 'fates', pattern: /\bfates?\b/gi, say: 'outcome of a signal' },
  { word: 'untold', pattern: /untold/gi, say: 'ambiguous' },
  { word: 'witness', pattern: /witness/gi, say: 'source' },
  { word: 'floor', pattern: /(?<!Math\.|math\.|\bconst )\bfloors?\b(?!\()/gi, say: 'settled memory, baseline' },
  { word: 'foreign', pattern: /foreign/gi, say: 'third-party, or of another run' },
  { word: 'inert', pattern: /\binert\b/gi, say: 'sanitized' },
  { word: 'most…', pattern: /\bmost[A-Z]\w*/g, say: 'max…' },
  { word: 'least…', pattern: /\bleast[A-Z]\w*/g, say: 'min…' },
  { word: 'budget', pattern: /(?<!in )\bbudgets?\b/gi, say: 'thresholds' },
  { word: 'is gone', pattern: /\b(?:is|was|are|were) gone\b/gi, say: 'exited, ended' },
  { word: 'has come', pattern: /\bha(?:s|ve) come\b/gi, say: 'started' },
  { word: 'wrongly', pattern: /none of them wrongly/gi, say: 'throttled correctly' },
  { word: 'kept per request', pattern: /kept per request/gi, say: 'leaked per request' },
  { word: 'aloud', pattern: /counted aloud/gi, say: 'reported separately' },
  { word: 'at rest', pattern: /never at rest/gi, say: 'did not stabilize' },
  // Of a list that is not in this repository.
  { word: 'case number', pattern: /\bcases? H\d\d\b/gi, say: 'what the case is' },
  {
    word: 'in order',
    pattern: /\b(?:end|recycl|clos|stop|exit|leav|drain)\w* in order\b(?! of)/gi,
    say: 'gracefully, properly',
  },
  // Only what is said of things that were given: "is no longer" and "there is no file" are right.
  {
    word: 'is no X',
    pattern: /(?<!\b[Tt]here )\b(?:is|are) no (?:valid|JSON|executable|kubeconfig|threshold|Node)\b/g,
    say: 'is not a X',
  },
  { word: 'of yours', pattern: /\b(?:server|scenario|profile)s? of yours\b/gi, say: 'your own' },
  { word: 'nobody looks', pattern: /\bnobody look(?:s|ed) at (?:it|the database|Redis)\b/gi, say: 'not monitored' },
  { word: '95 %', pattern: /\b\d+ %(?= interval| quantile)/g, say: '95%' },
];

const mayName: readonly string[] = ['CHANGELOG.md', 'analysis/journal/version-1.ts'];

/** How often each old word stands in each file, by `path word`. */
export function oldWordsIn(files: readonly SourceFile[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { path, text } of files) {
    // The list itself names them all; a changelog and the reader of old journals name what was renamed.
    if (path.startsWith('test/tidy/') || mayName.includes(path)) continue;
    for (const { word, pattern, say } of oldWords) {
      const count = [...text.matchAll(pattern)].length;
      if (count > 0) found.set(`${path} “${word}”: say ${say}`, count);
    }
  }
  return found;
}
