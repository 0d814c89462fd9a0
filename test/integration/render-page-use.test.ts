import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { Report } from '../../contract/report/report.ts';
import type { ReportAssets } from '../../render/assets.ts';
import { formatValue } from '../../render/page/values.ts';
import { bundleAssets, drawnPlots, launchBrowser, pixelsOf, whileShown } from '../fixtures/browser.ts';
import { reports } from '../fixtures/report.ts';

let browser: Browser;
let assets: ReportAssets;

before(async () => {
  [browser, assets] = await Promise.all([launchBrowser(), bundleAssets()]);
});
after(() => browser.close());

const shown = (report: Report, check: (page: Page) => Promise<void>): Promise<void> =>
  whileShown(browser, { report, assets }, check);

test('a legend hides its line and shows it again; with Ctrl it leaves it alone', () =>
  shown(reports.failing, async (page) => {
    const load = (await drawnPlots(page)).find(({ id }) => id === 'load');
    assert.ok(load !== undefined);
    const counts = async (): Promise<readonly boolean[]> =>
      (await pixelsOf(page, 'load', load.colors)).map((pixels) => pixels > 0);
    const all = load.colors.map(() => true);
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
    assert.equal(zoomed.length, 8);
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
    assert.match(tooltip, /98\.1 s process-ended: worker 204 \(python uvicorn\) exited/);
    assert.deepEqual(await page.locator('.tooltip:visible').count(), 1);
  }));

test('each name in a legend tells the value that the report has at the cursor', () =>
  shown(reports.failing, async (page) => {
    const second = 44;
    const { load, latency, server } = reports.failing.series;
    const { x, y } = await overPlot(page, 'load');
    // The cursor stands on whole pixels, of which a second has six: a little to the right is safe from either neighbor.
    await page.mouse.move(x((second + 0.2) / 180.4), y);
    const nearest = server.seconds.reduce((best, at, n) => {
      return Math.abs(at - second) < Math.abs((server.seconds[best] ?? 0) - second) ? n : best;
    }, 0);
    const expected: Readonly<Record<string, Readonly<Record<string, number | null | undefined>>>> = {
      load: Object.fromEntries(Object.entries(load.outcomes).map(([outcome, values]) => [outcome, values?.[second]])),
      latency: {
        p50: latency.p50Ms[second],
        p95: latency.p95Ms[second],
        p99: latency.p99Ms[second],
        max: latency.maxMs[second],
      },
      cpu: { server: server.cpuPercent[nearest], 'whole machine': server.machineCpuPercent[nearest] },
      memory: Object.fromEntries(
        server.memory.map(({ label, bytes: { [nearest]: bytes } }) => [
          label,
          typeof bytes === 'number' ? bytes / 1e6 : null,
        ]),
      ),
      connections: {
        connections: server.established[nearest],
        'file descriptors': server.fileDescriptors[nearest],
        threads: server.threads[nearest],
      },
    };
    for (const [id, lines] of Object.entries(expected)) {
      for (const [label, value] of Object.entries(lines)) {
        const told = await page.locator(`#plot-${id} .legend button`, { hasText: label }).locator('b').textContent();
        assert.equal(told, formatValue(value), `${id}, ${label}`);
      }
    }
  }));

test('plots follow the width of the window', () =>
  shown(reports.healthy, async (page) => {
    const width = (): Promise<number> => page.evaluate("document.querySelector('#plot-load .uplot').clientWidth");
    const wide = await width();
    await page.setViewportSize({ width: 700, height: 900 });
    await until(page, `document.querySelector('#plot-load .uplot').clientWidth < ${wide - 400}`);
  }));

test('failed, inconclusive and warned criteria are unfolded, all of them for print, and folded again after', () =>
  shown(reports.failing, async (page) => {
    const open = (): Promise<readonly string[]> =>
      page.evaluate("[...document.querySelectorAll('details.finding[open]')].map(({ id }) => id).sort()");
    const expected = reports.failing.findings
      .filter(({ status }) => status === 'fail' || status === 'inconclusive' || status === 'warn')
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
    await until(page, `window.stressReport.plots[0].colors[0] !== '${light[0]?.colors[0]}'`);
    const dark = await drawnPlots(page);
    const pixels = await pixelsOf(page, 'load', dark[0]?.colors ?? []);
    assert.deepEqual(
      pixels.map((count) => count > 0),
      pixels.map((_, n) => n > 0),
    );
  }));
