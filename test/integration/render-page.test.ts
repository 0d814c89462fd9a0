import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { Report, Series } from '../../contract/report/report.ts';
import type { ReportAssets } from '../../render/assets.ts';
import { sanitize } from '../../render/sanitize.ts';
import {
  bundleAssets,
  drawnPlots,
  launchBrowser,
  openReport,
  pixelsOf,
  type ViewOptions,
  whileShown,
} from '../fixtures/browser.ts';
import { hostile } from '../fixtures/report/hostile.ts';
import { reports } from '../fixtures/report.ts';

let browser: Browser;
let assets: ReportAssets;

before(async () => {
  [browser, assets] = await Promise.all([launchBrowser(), bundleAssets()]);
});
after(() => browser.close());

const shown = (report: Report, check: (page: Page) => Promise<void>, options: ViewOptions = {}): Promise<void> =>
  whileShown(browser, { ...options, report, assets }, check);

const known = (values: readonly (number | null)[]): number => values.filter((value) => value !== null).length;

/** What each plot must show of a report, told from the report alone. */
function expectedPlots({
  load,
  latency,
  backlog,
  server,
}: Series): Readonly<Record<string, Readonly<Record<string, number>>>> {
  const plots: Readonly<Record<string, Readonly<Record<string, number>>>> = {
    load: Object.fromEntries(Object.entries(load.outcomes).map(([outcome, values]) => [outcome, known(values ?? [])])),
    latency: {
      p50: known(latency.p50Ms),
      p95: known(latency.p95Ms),
      p99: known(latency.p99Ms),
      max: known(latency.maxMs),
    },
    ...(backlog.seconds.length === 0 ? {} : { backlog: { backlog: known(backlog.signals) } }),
    cpu: { server: known(server.cpuPercent), 'whole machine': known(server.machineCpuPercent) },
    memory: Object.fromEntries(server.memory.map(({ label, bytes }) => [sanitize(label), known(bytes)])),
    connections: {
      connections: known(server.established),
      'file descriptors': known(server.fileDescriptors),
      threads: known(server.threads),
    },
    health: { 'health check': known(server.healthMs) },
    stores: { Redis: known(server.redisConnections), database: known(server.databaseConnections) },
  };
  return plots;
}

for (const name of ['healthy', 'failing', 'hostile'] as const) {
  test(`${name}: every plot has exactly the points of the report`, () =>
    shown(reports[name], async (page) => {
      const drawn = await drawnPlots(page);
      const shownPlots = Object.fromEntries(
        drawn.map(({ id, seriesLabels, points }) => [
          id,
          Object.fromEntries(seriesLabels.map((label, n) => [label, points[n]])),
        ]),
      );
      assert.deepEqual(shownPlots, expectedPlots(reports[name].series));
    }));
}

/** Pixels that even the shortest line of the failing report leaves in its color, at two device pixels a CSS pixel. */
const minPixels = 20;

for (const dark of [false, true]) {
  test(`every line is drawn in its own color, ${dark ? 'dark' : 'light'}`, () =>
    shown(
      reports.failing,
      async (page) => {
        for (const { id, seriesLabels, colors } of await drawnPlots(page)) {
          assert.equal(new Set(colors).size, colors.length, `two lines of ${id} have one color`);
          const pixels = await pixelsOf(page, id, colors);
          seriesLabels.forEach((label, n) => {
            assert.ok((pixels[n] ?? 0) >= minPixels, `${id}, ${label}: ${pixels[n]} pixels of ${colors[n]}`);
          });
        }
      },
      { dark },
    ));
}

/** The series without the nth line of each plot. */
function without({ load, latency, backlog, server }: Series, nth: number): Series {
  const nulls = (values: readonly (number | null)[]): null[] => values.map(() => null);
  const drop = <T extends object>(lines: T, names: readonly (keyof T & string)[]): T => {
    const name = names[nth];
    if (name === undefined) return lines;
    const values: unknown = lines[name];
    return Array.isArray(values) ? { ...lines, [name]: nulls(values) } : lines;
  };
  const order = ['accepted', 'duplicate', 'limited', 'rejected', 'failed', 'timeout', 'unclassified'];
  const outcomes = Object.fromEntries(Object.entries(load.outcomes).filter(([outcome]) => outcome !== order[nth]));
  const memory = server.memory.map((line, n) => (n === nth ? { ...line, bytes: nulls(line.bytes) } : line));
  const cpu = drop(server, ['cpuPercent', 'machineCpuPercent']);
  const counts = drop(cpu, ['established', 'fileDescriptors', 'threads']);
  const stores = drop(counts, ['redisConnections', 'databaseConnections']);
  return {
    load: { ...load, outcomes },
    latency: drop(latency, ['p50Ms', 'p95Ms', 'p99Ms', 'maxMs']),
    backlog: drop(backlog, ['signals']),
    server: { ...drop(stores, ['healthMs']), memory },
  };
}

test('a line that is taken out of the report leaves no pixel of its color', async () => {
  let whole: readonly { readonly id: string; readonly colors: readonly string[] }[] = [];
  await shown(reports.failing, async (page) => {
    whole = await drawnPlots(page);
  });
  const most = Math.max(...whole.map(({ colors }) => colors.length));
  let gone = 0;
  for (let nth = 0; nth < most; nth += 1) {
    const report = { ...reports.failing, series: without(reports.failing.series, nth) };
    await shown(report, async (page) => {
      for (const { id, colors } of whole) {
        const color = colors[nth];
        const left = await page.evaluate<boolean>(`document.querySelector('#plot-${id} canvas') !== null`);
        if (color === undefined || !left) continue;
        gone += 1;
        assert.deepEqual(await pixelsOf(page, id, [color]), [0], `${id} still has ${color}`);
      }
    });
  }
  const lines = whole.reduce((sum, { colors }) => sum + colors.length, 0);
  // Only the plots of the backlog and the health check, which have one line each, disappear with it.
  assert.equal(gone, lines - 2);
});

test('hostile text is text: no script runs, no element comes of it', () =>
  shown(reports.hostile, async (page) => {
    assert.equal(await page.evaluate("'hit' in window"), false);
    assert.equal(await page.locator('script').count(), 2);
    assert.equal(await page.locator('img, iframe, object, link, base, form').count(), 0);
    assert.equal(await page.locator('h1').textContent(), sanitize(hostile('headline')));
    assert.equal(await page.locator('.meta dd').first().textContent(), sanitize(hostile('run-id')));
    const text = await page.evaluate<string>('document.body.textContent');
    for (const mark of ['evidence-3-0', 'advice-0-1', 'part-12', 'note-2-1', 'gap-file', 'alert-4', 'setting-name']) {
      assert.ok(text.includes(sanitize(hostile(mark))), `${mark} is not shown`);
    }
    const label = page.locator('#plot-memory .legend button').first();
    assert.equal(await label.textContent(), sanitize(hostile('process-0')));
    const links = await page.evaluate<readonly string[]>(
      "[...document.links].map((link) => link.getAttribute('href'))",
    );
    assert.ok(
      links.every((link) => /^#[a-z0-9-]+$/.test(link)),
      links.join(' '),
    );
    const targets = links.map((link) => page.locator(link).count());
    assert.deepEqual(
      await Promise.all(targets),
      links.map(() => 1),
    );
  }));

test('the policy stops a script that got into the page after all', async () => {
  const smuggled: ReportAssets = { ...assets, style: `${assets.style}</style><script>window.hit = 1</script><style>` };
  const { page, troubles } = await openReport(browser, reports.healthy, smuggled);
  assert.equal(await page.evaluate("'hit' in window"), false);
  assert.match(troubles.join('\n'), /Content Security Policy/);
  await page.close();
});

for (const name of ['healthy', 'failing', 'hostile'] as const) {
  test(`${name}: 400 pixels are wide enough`, () =>
    shown(
      reports[name],
      async (page) => {
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 400);
        for (const canvas of await page.locator('#plots canvas').all()) {
          const box = await canvas.boundingBox();
          assert.ok(box !== null && box.x >= 0 && box.x + box.width <= 400);
        }
      },
      { width: 400 },
    ));
}

test('a value between two gaps is a dot', () => {
  const { latency } = reports.healthy.series;
  const nulls = latency.seconds.map(() => null);
  const lone = {
    ...latency,
    p50Ms: nulls,
    p95Ms: latency.seconds.map((at) => (at === 7 ? 40 : null)),
    p99Ms: nulls,
    maxMs: nulls,
  };
  return shown({ ...reports.healthy, series: { ...reports.healthy.series, latency: lone } }, async (page) => {
    const plot = (await drawnPlots(page)).find(({ id }) => id === 'latency');
    assert.deepEqual([plot?.seriesLabels, plot?.points], [['p95'], [1]]);
    const [pixels] = await pixelsOf(page, 'latency', plot?.colors ?? []);
    assert.ok((pixels ?? 0) >= minPixels, `${pixels} pixels`);
  });
});

test('a report of nothing says so', () => {
  const none: readonly number[] = [];
  const empty: Report = {
    ...reports.healthy,
    scenarios: [],
    counts: [],
    server: null,
    run: null,
    durationSeconds: 0,
    series: {
      load: { seconds: none, outcomes: {} },
      latency: { seconds: none, p50Ms: none, p95Ms: none, p99Ms: none, maxMs: none },
      backlog: { seconds: none, signals: none },
      server: {
        seconds: none,
        cpuPercent: none,
        machineCpuPercent: none,
        memory: [],
        established: none,
        fileDescriptors: none,
        threads: none,
        healthMs: none,
        redisConnections: none,
        databaseConnections: none,
      },
    },
  };
  return shown(empty, async (page) => {
    assert.equal(await page.locator('#plots canvas').count(), 0);
    assert.equal(await page.locator('.plot.empty', { hasText: 'not recorded' }).count(), 6);
  });
});

test('an hour of seconds and forty processes are drawn whole', () => {
  const seconds = Array.from({ length: 3600 }, (_, n) => n);
  const values = seconds.map((n) => 50 + 40 * Math.sin(n / 60));
  const { server } = reports.healthy.series;
  const long: Report = {
    ...reports.healthy,
    durationSeconds: 3600,
    series: {
      load: { seconds, outcomes: { accepted: values, failed: values } },
      latency: { seconds, p50Ms: values, p95Ms: values, p99Ms: values, maxMs: values },
      backlog: { seconds: [], signals: [] },
      server: {
        ...server,
        seconds,
        cpuPercent: values,
        memory: Array.from({ length: 40 }, (_, n) => ({
          label: `worker ${n}`,
          bytes: values.map((value) => 1e6 * (value + n)),
        })),
      },
    },
  };
  return shown(
    long,
    async (page) => {
      const points = new Map((await drawnPlots(page)).map((plot) => [plot.id, plot.points]));
      assert.deepEqual(points.get('load'), [3600, 3600]);
      assert.deepEqual(
        points.get('memory'),
        Array.from({ length: 40 }, () => 3600),
      );
    },
    { ratio: 1 },
  );
});
