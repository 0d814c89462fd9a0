import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildReport } from '../../analysis/report.ts';
import { isEmbeddedByDefault } from '../../cli/run/embedded-by-default.ts';
import type { Report } from '../../contract/report/report.ts';
import { byDefaultSetting, embeddedAtStart } from '../../contract/report/tested-target.ts';
import { findServer } from '../../monitor/system/find-server.ts';
import { renderJunit } from '../../render/junit.ts';
import { renderMarkdown } from '../../render/markdown.ts';
import { renderTerminal } from '../../render/terminal.ts';
import { ledgerOf, runOf } from '../fixtures/run.ts';

const nothing = 'This says nothing about your own server.';
const asked = `The EMBEDDED backend was tested. ${nothing}`;
const byDefault = `The EMBEDDED backend was tested, because no stress.config.* and no BASE_URL were found. ${nothing}`;

function reportOn(kind: 'embedded' | 'external', settings: Readonly<Record<string, boolean>> = {}): Report {
  const run = runOf([{ name: 'hft', ledger: ledgerOf([]) }]);
  const manifest = {
    ...run.manifest,
    target: { ...run.manifest.target, kind },
    settings: { ...run.manifest.settings, ...settings },
  };
  return buildReport({ ...run, manifest }, { strict: false, now: new Date(0) });
}

const cases = [
  { name: 'a forgotten profile', report: reportOn('embedded', { [byDefaultSetting]: true }), says: byDefault },
  { name: 'the embedded backend, asked for', report: reportOn('embedded'), says: asked },
  { name: 'a server of the user', report: reportOn('external'), says: null },
] as const;

for (const { name, report, says } of cases) {
  test(`${name}: headline, terminal, Markdown and JUnit ${says === null ? 'name no embedded backend' : 'say what was tested'}`, () => {
    const outputs = {
      headline: report.headline,
      terminal: renderTerminal(report, { color: false, width: 80, reportPath: 'r' }),
      markdown: renderMarkdown(report),
      junit: renderJunit(report),
    };
    for (const [output, text] of Object.entries(outputs)) {
      const shown = text.replaceAll(/\s+/g, ' ').replaceAll('&#42;', '*').replaceAll('&#95;', '_');
      if (says === null) assert.doesNotMatch(shown, /EMBEDDED/, output);
      else assert.ok(shown.includes(says), output);
    }
  });
}

test('the embedded backend is tested by default where no server, no profile and no fault was named', () => {
  const none = { profile: null, fault: [], 'restart-after': null };
  assert.equal(isEmbeddedByDefault(null, none, null), true);
  assert.equal(isEmbeddedByDefault('http://127.0.0.1:8000', none, null), false);
  assert.equal(isEmbeddedByDefault(null, none, 'embedded'), false);
  assert.equal(isEmbeddedByDefault(null, { ...none, profile: 'embedded' }, null), false);
  assert.equal(isEmbeddedByDefault(null, { ...none, fault: ['slow=1200'] }, null), false);
  assert.equal(isEmbeddedByDefault(null, { ...none, 'restart-after': 3 }, null), false);
  assert.match(
    embeddedAtStart(true, 'npx webhook-stress init'),
    /no BASE_URL were found.*Set BASE_URL.*\(npx webhook-stress init\)/,
  );
});

test('a process that the run started itself is not told as given by --pid', () => {
  const { pid } = process;
  const told = (startedPid?: number) =>
    findServer({ by: 'pid', pids: [pid], ...(startedPid === undefined ? {} : { startedPid }) }).watched;
  assert.match(told(pid)[0] ?? '', /and what it starts, the embedded backend, which this run started$/);
  assert.match(told()[0] ?? '', /, as --pid says$/);
  assert.match(told(1)[0] ?? '', /, as --pid says$/);
});
