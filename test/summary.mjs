// node test/summary.mjs FOLDER GROUP…: adds up the results of Go's tests and of each group: the ten slowest tests, then "N passed, N failed".
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, ...groups] = process.argv.slice(2);
const tests = [];
const lines = (file) =>
  existsSync(join(folder, file))
    ? readFileSync(join(folder, file), 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line))
    : [];

for (const group of groups) {
  const found = lines(`${group}.ndjson`);
  if (found.length === 0) tests.push({ name: `${group}: no test was run`, passed: false, ms: 0 });
  tests.push(...found);
}
const go = lines('go.json');
const goOutput = (wanted) => go.filter(wanted).map(({ Output }) => Output.trimEnd());
const goTests = go.filter(({ Test, Action }) => Test !== undefined && ['pass', 'fail', 'skip'].includes(Action));
if (goTests.length === 0) {
  const why = goOutput(({ Action }) => Action === 'build-output').slice(0, 14);
  tests.push({ name: 'go test: no test was run', passed: false, ms: 0, why });
}
for (const { Test, Action, Elapsed } of goTests) {
  const why = goOutput((line) => line.Action === 'output' && line.Test === Test).slice(-14);
  tests.push({ name: `go: ${Test}`, passed: Action === 'pass', skipped: Action === 'skip', ms: Elapsed * 1000, why });
}

const slowest = [...tests].sort((a, b) => b.ms - a.ms).slice(0, 10);
console.log('\nslowest tests:');
for (const { name, ms } of slowest) console.log(`  ${(ms / 1000).toFixed(1).padStart(6)} s  ${name}`);
const failed = tests.filter(({ passed, skipped }) => !passed && !skipped);
const skipped = tests.filter((test) => test.skipped);
for (const { name, why = [] } of failed) console.log([`failed: ${name}`, ...why].join('\n    '));
for (const { name } of skipped) console.log(`skipped: ${name}`);
// Once more in short, for who sees the last lines only.
const inShort = ({ name, why = [] }) => {
  const text = why
    .join(' ')
    .replace(/\s+/g, ' ')
    .slice(0, Math.max(150, 2000 / failed.length));
  return `failed: ${name}: ${text}`;
};
if (failed.length > 0) console.log(['', ...failed.map(inShort)].join('\n'));
console.log(`\n${tests.length - failed.length - skipped.length} passed, ${failed.length} failed`);
process.exit(failed.length === 0 && skipped.length === 0 ? 0 : 1);
