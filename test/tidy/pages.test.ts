import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pages, repository, type SourceFile, sourceFolders, sources } from './files.ts';

function pageOf(path: string): SourceFile {
  const page = pages.find((page) => page.path === path);
  assert.ok(page !== undefined, path);
  return page;
}

/** The tests that a cell of docs/mended-faults.md names: in test/ without `.test.ts`, or a file of Go. */
function testsIn(cell: string): readonly string[] {
  return cell
    .replaceAll(/\([^)]*\)+/g, '')
    .split(',')
    .map((name) => name.trim())
    .map((name) => (name.endsWith('.go') ? name : `test/${name}.test.ts`));
}

test('tidy: every test that docs/mended-faults.md names is there', () => {
  const rows = pageOf('docs/mended-faults.md')
    .text.split('\n')
    .filter((line) => /^\| C\d/.test(line));
  assert.equal(rows.length, 50);
  const named = rows.flatMap((row) => testsIn(row.split(' | ')[3] ?? ''));
  assert.deepEqual(
    named.filter((path) => !existsSync(join(repository, path))),
    [],
  );
});

/**
 * `path:line` of each row of bars that belongs to no table: a table begins with a header and a line of dashes, and ends at the first
 * blank line. What is fenced or indented by four is a drawing.
 */
function strayRows({ path, text }: SourceFile): readonly string[] {
  const lines = text.split('\n');
  let isFenced = false;
  return lines.flatMap((line, at) => {
    if (/^ {0,3}(?:```|~~~)/.test(line)) isFenced = !isFenced;
    if (isFenced || !isRow(line) || isRow(lines[at - 1] ?? '')) return [];
    return /^ {0,3}\|(?: ?:?-+:? ?\|)+\s*$/.test(lines[at + 1] ?? '') ? [] : [`${path}:${at + 1}`];
  });
}

const isRow = (line: string): boolean => /^ {0,3}\|/.test(line);

test('tidy: each table of a page is whole', () => {
  const header = '| a | b |\n| --- | --: |\n| 1 | 2 |\n';
  assert.deepEqual(strayRows({ path: 'a.md', text: `${header}\n| 3 | 4 |\n\`\`\`\n| drawn\n\`\`\`\n    | drawn\n` }), [
    'a.md:5',
  ]);
  assert.deepEqual(pages.filter(({ path }) => path.endsWith('.md')).flatMap(strayRows), []);
});

/** GitHub's name for the place of a heading. */
const placeOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

test('tidy: each decision has a number of its own, and docs/decisions.md lists it where it is', () => {
  const there = pages
    .filter(({ path }) => path.startsWith('docs/decisions/'))
    .flatMap(({ path, text }) =>
      [...text.matchAll(/^## (\d+\. .+)$/gm)].map(
        ([, title = '']) => `- [${title}](${path.slice(5)}#${placeOf(title)})`,
      ),
    );
  const listed = pageOf('docs/decisions.md')
    .text.split('\n')
    .filter((line) => line.startsWith('- '));
  assert.deepEqual(listed.toSorted(), there.toSorted());
  const numbers = there.map((line) => Number.parseInt(line.slice(3), 10)).toSorted((a, b) => a - b);
  assert.deepEqual(
    numbers,
    numbers.map((_, at) => at + 1),
  );
});

const ownPath = new RegExp(
  `(?<![\\w./-])(?:${[...sourceFolders, 'docs', 'deploy'].join('|')})/[\\w./-]+\\.(?:ts|go|mjs|md)\\b`,
  'g',
);
/** Of the source of k6. */
const ofOthers: readonly string[] = ['lib/netext/httpext/error_codes.go'];

/** Our files that the comments of a source, or a page, name; NAME stands for any. */
function namedIn({ path, text }: SourceFile): readonly string[] {
  const isPage = path.endsWith('.md');
  const told = text.split('\n').filter((line) => isPage || /^\s*(?:\/\/|\/?\*|#)/.test(line));
  return (told.join('\n').match(ownPath) ?? []).filter((name) => !name.includes('NAME') && !ofOthers.includes(name));
}

test('tidy: every file of ours that a comment or a page names is there', () => {
  assert.deepEqual(namedIn({ path: 'a.ts', text: '/** See k6/sender/config.go. */\nconst a = "lib/b.ts";' }), [
    'k6/sender/config.go',
  ]);
  const missing = [...sources, ...pages].flatMap((file) =>
    namedIn(file)
      .filter((name) => !existsSync(join(repository, name)))
      .map((name) => `${file.path}: ${name}`),
  );
  assert.deepEqual(missing, []);
});

test('tidy: the code map of docs/architecture.md has every folder of the sources, and of analysis', () => {
  const { text } = pageOf('docs/architecture.md');
  const inAnalysis = readdirSync(join(repository, 'analysis'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `analysis/${name}`);
  // Of analysis and contract each folder within has a row.
  const folders = [
    ...sourceFolders.filter((name) => name !== 'analysis' && name !== 'contract'),
    'deploy',
    ...inAnalysis,
  ];
  assert.deepEqual(
    folders.filter((name) => !text.includes(`\`${name}/\``)),
    [],
  );
});
