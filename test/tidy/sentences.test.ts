import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsedSentences } from './sentences.ts';

/** What has such a name and is no sentence of ours, each with what it is. */
const others: Readonly<Record<string, string>> = {
  'analysis/delivery/delivery-faults.ts: failureCauses.includes(cause)': 'a list of codes',
  "analysis/journal/earlier-causes.ts: words.includes('{')": 'the table of words',
  'analysis/journal/earlier-causes.ts: pattern.exec(words)': 'journals before version 4 have words alone',
  "cli/init/ask-readback.ts: words.includes('after')": 'a list of the words in braces of a profile',
  "cli/init/ask-readback.ts: words.includes('secret')": 'a list of the words in braces of a profile',
  "cli/init/ask-readback.ts: words.includes('readbackToken')": 'a list of the words in braces of a profile',
  "cli/init/parts.ts: words.includes('secret')": 'a list of the words in braces of a profile',
  "cli/init/curl-command.ts: /^(?:.*[/\\\\])?curl(?:\\.exe)?$/i.test(words[0] ?? '')":
    'a list of the words of a command line',
  'cli/init/openapi-operations.ts: signalWords.test(words)': 'what an OpenAPI document says, which others wrote',
  'cli/init/openapi-operations.ts: otherWords.test(words)': 'what an OpenAPI document says, which others wrote',
  'cli/run/asked-scenarios.ts: words.includes(name)': 'a list of the words of a command line',
  'cli/run/first-answer.ts: pattern.test(words)': 'what OpenSSL says, which others wrote',
};

test('tidy: nothing parses a sentence', () => {
  const found = new Set(parsedSentences());
  assert.deepEqual(
    [...found].filter((place) => others[place] === undefined),
    [],
    'decide on data, and make words of it for the reader alone; what is no sentence is listed with what it is',
  );
  assert.deepEqual(
    Object.keys(others).filter((place) => !found.has(place)),
    [],
    'the list holds what is no longer there',
  );
});

test('tidy: what takes a sentence apart is found in each form', () => {
  const parsing = [
    "end.cause?.includes('SIGKILL')",
    "(cause ?? '').startsWith(nothingSaid)",
    'judged.summary.match(/lost/)',
    '/SIG[A-Z]+/.test(cause)',
    "code.exec(end?.cause ?? '')",
    "cause.split(', then ')",
    "firstCause.endsWith('code 1')",
    "statusWords.indexOf('x')",
    "title.replace('a', 'b')",
    "cause === 'exited unexpectedly'",
    'evidence[0].search(/x/)',
  ];
  const fine = [
    'reasons.includes(reason)',
    "reason === 'exited'",
    "cause === 'server'",
    'name.test(label)',
    'causeInWords(cause)',
    'causes.map(({ words }) => words)',
  ];
  const of = (code: string): number => parsedSentences([{ path: 'analysis/a.ts', text: `const x = ${code};` }]).length;
  assert.deepEqual(
    parsing.filter((code) => of(code) !== 1),
    [],
  );
  assert.deepEqual(
    fine.filter((code) => of(code) !== 0),
    [],
  );
});
