import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { fieldsOf, numberIn, textIn } from '../../analysis/journal/fields.ts';
import { journalFiles, localGenerator, localMonitor } from '../../contract/journal/paths.ts';
import { eventSchema } from '../../contract/report/events.ts';
import { drawnPlots, launchBrowser, pixelsOf } from '../fixtures/browser.ts';
import { stress } from './stress.ts';

/** Data lines of a journal file, read here without the program's own readers. */
function linesOf(folder: string, file: string): readonly Readonly<Record<string, unknown>>[] {
  return readFileSync(join(folder, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .slice(1, -1)
    .map((line) => fieldsOf(JSON.parse(line)) ?? {});
}

const finished = stress(['hft', 'burst', '--json', '--quiet']);

test('--json --quiet: events alone, in order, that agree with the report', async () => {
  const { output, report, exitCode, folder } = await finished;
  const events = output
    .trim()
    .split('\n')
    .map((line) => eventSchema.parse(JSON.parse(line)));
  const steps = events.flatMap((event) =>
    event.event === 'progress' || event.event === 'alert'
      ? []
      : [`${event.event}${'scenario' in event ? ` ${event.scenario}` : ''}`],
  );
  assert.deepEqual(steps, [
    'run-started',
    ...['hft', 'burst'].flatMap((name) => [`scenario-started ${name}`, `scenario-ended ${name}`]),
    'verdict',
  ]);
  assert.ok(events.some(({ event }) => event === 'progress'));
  const verdict = events.at(-1);
  assert.ok(verdict?.event === 'verdict');
  assert.deepEqual(
    [verdict.verdict, verdict.exitCode, verdict.headline, verdict.report],
    [report.verdict, exitCode, report.headline, join(folder, 'report.html')],
  );
  assert.deepEqual(
    verdict.criteria,
    report.findings.map(({ criterion, title, status, summary }) => ({ criterion, title, status, summary })),
  );
});

/** Lines of the latency plot by label, in order of drawing. */
function percentilesOf(page: Page): Promise<readonly (readonly [string, readonly (number | null)[]])[]> {
  return page.evaluate(`(() => {
    const { latency } = JSON.parse(document.getElementById('data').textContent).series;
    return ['p50', 'p95', 'p99', 'max'].map((label) => [label, latency[label + 'Ms']]);
  })()`);
}

/** Lines that a later one covers: percentiles of few answers lie within its width, 2% of the plot's height. */
function coveredOf(lines: Awaited<ReturnType<typeof percentilesOf>>): readonly string[] {
  const highest = Math.max(...lines.flatMap(([, values]) => values.map((value) => value ?? 0)));
  return lines.flatMap(([label, values], n) => {
    const isOver = ([, other]: (typeof lines)[number]): boolean =>
      values.every((value, at) => Math.abs((value ?? 0) - (other[at] ?? 0)) <= 0.02 * highest);
    return lines.slice(n + 1).some(isOver) ? [label] : [];
  });
}

test('report.html of a real run shows the points of its journal, each series painted, without error or request', async () => {
  const { folder, report } = await finished;
  const samples = linesOf(folder, journalFiles.monitor(localMonitor)).filter((line) => 'machineCpuPercent' in line);
  const healthy = samples.filter(({ health }) => fieldsOf(health)?.state === 'ok').length;
  // A worker is a helper until it has lived long enough; its line has the last role.
  const roleOf = new Map(
    samples.flatMap(({ processes: list }) =>
      (list as readonly unknown[]).map((process) => {
        const fields = fieldsOf(process) ?? {};
        return [numberIn(fields, 'pid'), textIn(fields, 'role')] as const;
      }),
    ),
  );
  const processes = [...roleOf].map(([pid, role]) => `${role} ${pid}`);
  const counts = (['hft', 'burst'] as const).flatMap((name) =>
    linesOf(folder, journalFiles.timeline(localGenerator, name)).filter(
      ({ purpose }) => purpose === 'load' || purpose === 'probe',
    ),
  );
  const seconds = counts.map((line) => numberIn(line, 'second') ?? 0);
  const length = Math.max(...seconds) - Math.min(...seconds) + 1;
  const answered = new Set(
    counts.filter(({ outcome }) => outcome === 'accepted' || outcome === 'duplicate').map(({ second }) => second),
  ).size;

  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, deviceScaleFactor: 2 });
    const troubles: string[] = [];
    const url = pathToFileURL(join(folder, 'report.html')).href;
    page.on('console', (message) => {
      if (message.type() === 'error') troubles.push(message.text());
    });
    page.on('pageerror', (error) => troubles.push(String(error)));
    page.on('request', (request) => {
      if (request.url() !== url) troubles.push(request.url());
    });
    await page.goto(url);
    const plots = await drawnPlots(page);
    const drawn = new Map(
      plots.map(({ id, seriesLabels, points }) => [id, new Map(seriesLabels.map((label, n) => [label, points[n]]))]),
    );
    assert.deepEqual(
      drawn.get('load'),
      new Map(['accepted', 'duplicate', 'limited'].map((outcome) => [outcome, length])),
    );
    assert.equal(drawn.get('latency')?.get('p95'), answered);
    assert.deepEqual(drawn.get('memory'), new Map(processes.map((label) => [label, samples.length])));
    assert.equal(drawn.get('connections')?.get('threads'), samples.length);
    assert.equal(drawn.get('health')?.get('health check'), healthy);
    for (const { id, seriesLabels, colors } of plots) {
      const pixels = await pixelsOf(page, id, colors);
      const covered = id === 'latency' ? coveredOf(await percentilesOf(page)) : [];
      seriesLabels.forEach((label, n) => {
        const isPainted = (pixels[n] ?? 0) > 30 || covered.includes(label);
        assert.ok(isPainted, `${id}, ${label}: ${pixels[n]} pixels of ${colors[n]}`);
      });
    }
    assert.deepEqual(troubles, []);
    assert.equal(report.scenarios.length, 2);
  } finally {
    await browser.close();
  }
});
