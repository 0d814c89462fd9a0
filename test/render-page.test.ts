import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { Report, Series } from '../contract/report.ts';
import type { ReportAssets } from '../render/assets.ts';
import { inert } from '../render/inert.ts';
import { bundleAssets, drawnPlots, launchBrowser, openReport, pixelsOf } from './browser.ts';
import { hostile, reports } from './fixtures/report.ts';

let browser: Browser;
let assets: ReportAssets;

before(async () => {
  [browser, assets] = await Promise.all([launchBrowser(), bundleAssets()]);
});
after(() => browser.close());

/** Opens a report, hands it to the check, and holds that nothing went wrong on the page meanwhile. */
async function shown(
  report: Report,
  check: (page: Page) => Promise<void>,
  options: { readonly width?: number; readonly dark?: boolean; readonly ratio?: number } = {},
): Promise<void> {
  const { page, troubles } = await openReport(browser, report, assets, options);
  try {
    await check(page);
    assert.deepEqual(troubles, []);
  } finally {
    await page.close();
  }
}

const known = (values: readonly (number | null)[]): number => values.filter((value) => value !== null).length;

/** What each plot must show of a report, told from the report alone. */
function expectedPlots({ load, latency, server }: Series): Readonly<Record<string, Readonly<Record<string, number>>>> {
  const plots: Readonly<Record<string, Readonly<Record<string, number>>>> = {
    load: Object.fromEntries(Object.entries(load.outcomes).map(([outcome, values]) => [outcome, known(values ?? [])])),
    latency: {
      p50: known(latency.p50Ms),
      p95: known(latency.p95Ms),
      p99: known(latency.p99Ms),
      max: known(latency.maxMs),
    },
    cpu: { server: known(server.cpuPercent), 'whole machine': known(server.machineCpuPercent) },
    memory: Object.fromEntries(server.memory.map(({ label, bytes }) => [inert(label), known(bytes)])),
    connections: {
      connections: known(server.established),
      'file descriptors': known(server.fileDescriptors),
      threads: known(server.threads),
    },
    health: { 'health probe': known(server.healthMs) },
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

/** Pixels that even the shortest line of the failing report leaves in its colour, at two device pixels a CSS pixel. */
const leastPixels = 20;

for (const dark of [false, true]) {
  test(`every line is drawn in its own colour, ${dark ? 'dark' : 'light'}`, () =>
    shown(
      reports.failing,
      async (page) => {
        for (const { id, seriesLabels, colours } of await drawnPlots(page)) {
          assert.equal(new Set(colours).size, colours.length, `two lines of ${id} have one colour`);
          const pixels = await pixelsOf(page, id, colours);
          seriesLabels.forEach((label, n) => {
            assert.ok((pixels[n] ?? 0) >= leastPixels, `${id}, ${label}: ${pixels[n]} pixels of ${colours[n]}`);
          });
        }
      },
      { dark },
    ));
}

/** The series without the nth line of each plot. */
function without({ load, latency, server }: Series, nth: number): Series {
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
    server: { ...drop(stores, ['healthMs']), memory },
  };
}

test('a line that is taken out of the report leaves no pixel of its colour', async () => {
  let whole: readonly { readonly id: string; readonly colours: readonly string[] }[] = [];
  await shown(reports.failing, async (page) => {
    whole = await drawnPlots(page);
  });
  const most = Math.max(...whole.map(({ colours }) => colours.length));
  let gone = 0;
  for (let nth = 0; nth < most; nth += 1) {
    const report = { ...reports.failing, series: without(reports.failing.series, nth) };
    await shown(report, async (page) => {
      for (const { id, colours } of whole) {
        const colour = colours[nth];
        const left = await page.evaluate<boolean>(`document.querySelector('#plot-${id} canvas') !== null`);
        if (colour === undefined || !left) continue;
        gone += 1;
        assert.deepEqual(await pixelsOf(page, id, [colour]), [0], `${id} still has ${colour}`);
      }
    });
  }
  const lines = whole.reduce((sum, { colours }) => sum + colours.length, 0);
  // Only the plot of the health probe, which has one line, is gone with it.
  assert.equal(gone, lines - 1);
});

test('a legend hides its line and shows it again; with Ctrl it leaves it alone', () =>
  shown(reports.failing, async (page) => {
    const load = (await drawnPlots(page)).find(({ id }) => id === 'load');
    assert.ok(load !== undefined);
    const counts = async (): Promise<readonly boolean[]> =>
      (await pixelsOf(page, 'load', load.colours)).map((pixels) => pixels > 0);
    const all = load.colours.map(() => true);
    const button = page.locator('#plot-load .legend button', { hasText: 'failed' });
    const at = load.seriesLabels.indexOf('failed');
    await button.click();
    assert.deepEqual(
      await counts(),
      all.map((_, n) => n !== at),
    );
    assert.equal(await button.getAttribute('aria-pressed'), 'false');
    await button.click();
    assert.deepEqual(await counts(), all);
    await button.click({ modifiers: ['Control'] });
    assert.deepEqual(
      await counts(),
      all.map((_, n) => n === at),
    );
    await button.click({ modifiers: ['Control'] });
    assert.deepEqual(await counts(), all);
  }));

/** A hash of each canvas, to tell whether it was drawn anew. */
async function pictures(page: Page): Promise<readonly string[]> {
  const urls = await page.evaluate<readonly string[]>(
    "[...document.querySelectorAll('#plots canvas')].map((canvas) => canvas.toDataURL())",
  );
  return urls.map((url) => createHash('sha256').update(url).digest('hex').slice(0, 12));
}

/** Waits until an expression holds; the page's policy forbids Playwright's own way, which evaluates text in the page. */
async function until(page: Page, expression: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await page.evaluate<boolean>(expression)) return;
    await page.waitForTimeout(50);
  }
  assert.fail(`it never came to: ${expression}`);
}

async function overPlot(
  page: Page,
  id: string,
): Promise<{ readonly x: (share: number) => number; readonly y: number }> {
  const over = page.locator(`#plot-${id} .u-over`);
  await over.scrollIntoViewIfNeeded();
  const box = await over.boundingBox();
  assert.ok(box !== null);
  return { x: (share) => box.x + share * box.width, y: box.y + box.height / 2 };
}

test('a zoom on one plot is that of all, and a double-click undoes it everywhere', () =>
  shown(reports.failing, async (page) => {
    const before = await pictures(page);
    const { x, y } = await overPlot(page, 'cpu');
    await page.mouse.move(x(0.2), y);
    await page.mouse.down();
    await page.mouse.move(x(0.5), y, { steps: 4 });
    await page.mouse.up();
    const zoomed = await pictures(page);
    assert.equal(zoomed.length, 7);
    zoomed.forEach((picture, n) => {
      assert.notEqual(picture, before[n], `plot ${n} did not zoom`);
    });
    assert.ok(await page.locator('#reset').isVisible());
    await page.mouse.dblclick(x(0.5), y);
    assert.deepEqual(await pictures(page), before);
    assert.ok(!(await page.locator('#reset').isVisible()));
  }));

test('the cursor on one plot tells the values of all, the scenario and the alert nearby', () =>
  shown(reports.failing, async (page) => {
    const { x, y } = await overPlot(page, 'load');
    await page.mouse.move(x(98.1 / 180.4), y);
    for (const id of ['load', 'cpu', 'memory', 'connections', 'health', 'stores']) {
      const values = await page.locator(`#plot-${id} .legend b`).allTextContents();
      assert.ok(
        values.some((value) => /^[\d.,]+$/.test(value)),
        `${id} tells ${JSON.stringify(values)}`,
      );
    }
    const tooltip = (await page.locator('#plot-load .tooltip').allInnerTexts()).join('\n');
    assert.match(tooltip, /^9[78]\.\d s · memory-leak/);
    assert.match(tooltip, /98\.1 s process-ended: worker 204 \(python uvicorn\) is gone/);
    assert.deepEqual(await page.locator('.tooltip:visible').count(), 1);
  }));

test('hostile text is text: no script runs, no element comes of it', () =>
  shown(reports.hostile, async (page) => {
    assert.equal(await page.evaluate("'hit' in window"), false);
    assert.equal(await page.locator('script').count(), 2);
    assert.equal(await page.locator('img, iframe, object, link, base, form').count(), 0);
    assert.equal(await page.locator('h1').textContent(), inert(hostile('headline')));
    assert.equal(await page.locator('.meta dd').first().textContent(), inert(hostile('run-id')));
    const text = await page.evaluate<string>('document.body.textContent');
    for (const mark of ['evidence-3-0', 'advice-0-1', 'part-12', 'note-2-1', 'gap-file', 'alert-4', 'setting-name']) {
      assert.ok(text.includes(inert(hostile(mark))), `${mark} is not shown`);
    }
    const label = page.locator('#plot-memory .legend button').first();
    assert.equal(await label.textContent(), inert(hostile('process-0')));
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

test('plots follow the width of the window', () =>
  shown(reports.healthy, async (page) => {
    const width = (): Promise<number> => page.evaluate("document.querySelector('#plot-load .uplot').clientWidth");
    const wide = await width();
    await page.setViewportSize({ width: 700, height: 900 });
    await until(page, `document.querySelector('#plot-load .uplot').clientWidth < ${wide - 400}`);
  }));

test('failed and inconclusive criteria are unfolded, all of them for print, and folded again after', () =>
  shown(reports.failing, async (page) => {
    const open = (): Promise<readonly string[]> =>
      page.evaluate("[...document.querySelectorAll('details.finding[open]')].map(({ id }) => id).sort()");
    const expected = reports.failing.findings
      .filter(({ status }) => status === 'fail' || status === 'inconclusive')
      .map(({ criterion }) => criterion)
      .sort();
    assert.deepEqual(await open(), expected);
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    assert.equal((await open()).length, reports.failing.findings.length);
    await page.evaluate("dispatchEvent(new Event('afterprint'))");
    assert.deepEqual(await open(), expected);
  }));

test('a change of scheme draws anew, and what was hidden stays hidden', () =>
  shown(reports.failing, async (page) => {
    await page.locator('#plot-load .legend button', { hasText: 'accepted' }).click();
    const light = await drawnPlots(page);
    await page.emulateMedia({ colorScheme: 'dark' });
    await until(page, `window.stressReport.plots[0].colours[0] !== '${light[0]?.colours[0]}'`);
    const dark = await drawnPlots(page);
    const pixels = await pixelsOf(page, 'load', dark[0]?.colours ?? []);
    assert.deepEqual(
      pixels.map((count) => count > 0),
      pixels.map((_, n) => n > 0),
    );
  }));

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
