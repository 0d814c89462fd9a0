import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { validateXML } from 'xmllint-wasm';
import { renderJunit } from '../../render/junit.ts';
import { faultyReport } from '../fixtures/recorded.ts';
import { reports } from '../fixtures/report.ts';

const schema = readFileSync(join(import.meta.dirname, '..', 'fixtures', 'junit-10.xsd'), 'utf8');

async function errorsIn(xml: string): Promise<readonly string[]> {
  const { errors } = await validateXML({ xml: [{ fileName: 'junit.xml', contents: xml }], schema: [schema] });
  return errors.map(({ message }) => message);
}

for (const [name, report] of Object.entries({ ...reports, faulty: faultyReport() })) {
  for (const strict of [false, true]) {
    test(`${name}${strict ? ', strict' : ''}: junit.xml fits what Jenkins and GitLab accept`, async () => {
      assert.deepEqual(await errorsIn(renderJunit({ ...report, strict })), []);
    });
  }
}

test('the schema refuses what was wrong: skipped on the root, a case without time, properties in a case', async () => {
  const xml = renderJunit(reports.healthy);
  for (const [from, to] of [
    ['<testsuites ', '<testsuites skipped="1" '],
    [/ time="0">/, '>'],
    [/(<testcase [^>]*>)/, '$1<properties/>'],
  ] as const) {
    const changed = xml.replace(from, to);
    assert.notEqual(changed, xml);
    assert.notDeepEqual(await errorsIn(changed), []);
  }
});

test('every measure is a property, with its interval and threshold beside it', () => {
  const report = faultyReport();
  const xml = renderJunit(report);
  assert.ok(xml.includes('<property name="worker-crashes.crashes" value="0"/>'));
  assert.ok(xml.includes('<property name="rate-limiter.max-admitted-within-window" value="20"/>'));
  for (const { criterion, measures } of report.findings) {
    for (const { name, low } of measures) {
      assert.ok(xml.includes(`<property name="${criterion}.${name}" value="`), `${criterion}.${name}`);
      assert.equal(xml.includes(`"${criterion}.${name}.low"`), low !== undefined, `${criterion}.${name}`);
    }
  }
});
