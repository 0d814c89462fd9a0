import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { splitWords } from '../../cli/options/words.ts';
import { seed } from '../fixtures/seed.ts';

const wordsOf = (text: string): readonly string[] => {
  const split = splitWords(text);
  assert.ok('words' in split, text);
  return split.words;
};

test('arguments in one text: blanks separate, quotes keep together, nothing is carried out', () => {
  for (const [text, words] of [
    ['', []],
    [' \n ', []],
    ['burst  hft\n--strict', ['burst', 'hft', '--strict']],
    [`--exec 'node "my server.mjs" 1'`, ['--exec', 'node "my server.mjs" 1']],
    [`--exec="a b" ''`, ['--exec=a b', '']],
    ['a\\ b \\"', ['a b', '"']],
    ['one \\\n two', ['one', 'two']],
    ['"a\\"b\\\\c\\d"', ['a"b\\c\\d']],
    ['$(rm -rf x) `id` $HOME *.ts ; a|b', ['$(rm', '-rf', 'x)', '`id`', '$HOME', '*.ts', ';', 'a|b']],
  ] as const) {
    assert.deepEqual(wordsOf(text), words, text);
  }
});

test('a quote that is not closed is told', () => {
  assert.deepEqual(splitWords(`--exec 'node`), { problem: "has a quote (') that is not closed" });
  assert.deepEqual(splitWords('a "b\\"'), { problem: 'has a quote (") that is not closed' });
  assert.deepEqual(splitWords('a \\'), { problem: 'ends with a backslash' });
});

test('a shell splits the same text into the same words', () => {
  // Without what a shell replaces or takes for an operator: a line break ends a command there.
  const character = fc.constantFrom(...'ab1-=./:,@%+  \'\'""\\\t');
  const texts = fc.sample(fc.string({ unit: character, maxLength: 12 }), { seed, numRuns: 1000 });
  const split = texts.flatMap((text) => {
    const found = splitWords(text);
    return 'words' in found ? [{ text, words: found.words }] : [];
  });
  assert.ok(split.length > 300);
  const script = ['show() { printf "%s\\1" "$@"; printf "\\2"; }', ...split.map(({ text }) => `show ${text}`)];
  const shown = execFileSync('bash', ['-c', script.join('\n')], { encoding: 'utf8' })
    .split('\u0002')
    .slice(0, -1);
  assert.equal(shown.length, split.length);
  // printf writes an empty word where it gets none.
  for (const [n, { text, words }] of split.entries()) {
    assert.deepEqual(shown[n]?.split('\u0001').slice(0, -1), words.length === 0 ? [''] : words, text);
  }
});
