import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import type { ReportAssets } from '../../render/assets.ts';
import { bundleAssets, launchBrowser, openReport, type ViewOptions, whileShown } from '../fixtures/browser.ts';
import { picturesOf } from '../fixtures/report/pictures.ts';
import { reports } from '../fixtures/report.ts';

let browser: Browser;
let assets: ReportAssets;

before(async () => {
  [browser, assets] = await Promise.all([launchBrowser(), bundleAssets()]);
});
after(() => browser.close());

const shown = (check: (page: Page) => Promise<void>, options: ViewOptions = {}): Promise<void> =>
  whileShown(browser, { ...options, report: reports.failing, assets }, check);

const pictureCount = Object.values(picturesOf).flat().length;

const unfold = (page: Page): Promise<unknown> =>
  page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true");

const views: readonly (readonly [string, ViewOptions])[] = [
  ['light', {}],
  ['dark', { dark: true }],
  ['phone', { width: 360 }],
];

for (const [name, options] of views) {
  test(`accessibility, ${name}: axe finds nothing, with every part unfolded`, () =>
    shown(async (page) => {
      await unfold(page);
      await page.evaluate(axe.source);
      const violations = await page.evaluate<readonly unknown[]>(
        `axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) =>
          nodes.map(({ html, failureSummary }) => ({ id, html: html.slice(0, 200), failureSummary }))))`,
      );
      assert.deepEqual(violations, []);
    }, options));
}

test('each picture has a text alternative, and lies within the screen of a phone', () =>
  shown(
    async (page) => {
      await unfold(page);
      const drawings = await page.locator('.picture svg[role=img]').all();
      assert.equal(drawings.length, pictureCount);
      for (const drawing of drawings) {
        assert.ok(((await drawing.getAttribute('aria-label')) ?? '').length > 40);
        const box = await drawing.boundingBox();
        assert.ok(box !== null && box.width > 250 && box.x >= 0 && box.x + box.width <= 360, JSON.stringify(box));
      }
      const sizes = await page.evaluate<readonly number[]>(
        "[...document.querySelectorAll('.drawing text')].map((text) => parseFloat(getComputedStyle(text).fontSize))",
      );
      assert.ok(sizes.length > 0 && sizes.every((size) => size >= 11));
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 360);
    },
    { width: 360 },
  ));

const hashOfPlots = (page: Page): Promise<readonly string[]> =>
  page.evaluate("[...document.querySelectorAll('#plots canvas')].map((canvas) => canvas.toDataURL())");

test('a picture links to its instant: it is marked in every plot, and Reset takes the mark away', () =>
  shown(async (page) => {
    const plain = await hashOfPlots(page);
    const link = page.locator('#picture-rate-limiter-1 a');
    assert.equal(await link.textContent(), 'Show 133.4 s on the timeline');
    await link.focus();
    await page.keyboard.press('Enter');
    const marked = await hashOfPlots(page);
    marked.forEach((picture, n) => {
      assert.notEqual(picture, plain[n], `plot ${n} has no mark`);
    });
    assert.equal(await page.locator('#marked').textContent(), 'Marked: 133.4 s, Rate limiter.');
    assert.equal(await page.evaluate('location.hash'), '#time-line');
    await page.locator('#reset').click();
    assert.deepEqual(await hashOfPlots(page), plain);
    assert.equal(await page.locator('#marked').textContent(), '');
  }));

test('the keyboard reaches a plot, moves the cursor of all, zooms and shows all again', () =>
  shown(async (page) => {
    const plain = await hashOfPlots(page);
    await page.locator('#plot-cpu .uplot').focus();
    for (let n = 0; n < 3; n += 1) await page.keyboard.press('Shift+ArrowRight');
    assert.match((await page.locator('#plot-memory .legend b').first().textContent()) ?? '', /\d/);
    assert.match((await page.locator('#plot-cpu .tooltip').textContent()) ?? '', /^5\d\.\d s · sustained/);
    await page.keyboard.press('+');
    assert.notDeepEqual(await hashOfPlots(page), plain);
    assert.ok(await page.locator('#reset').isVisible());
    await page.keyboard.press('Escape');
    assert.deepEqual(await hashOfPlots(page), plain);
  }));

test('each plot gives its values as CSV: a head with units, a row a time', () =>
  shown(async (page) => {
    const { latency } = reports.failing.series;
    assert.equal(await page.locator('.plot:not(.empty) .csv').count(), 8);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Values of “Response time of accepted and duplicate answers” as CSV' }).click(),
    ]);
    assert.equal(download.suggestedFilename(), 'webhook-stress-latency.csv');
    const [head, ...rows] = readFileSync(await download.path(), 'utf8')
      .trimEnd()
      .split('\r\n');
    assert.equal(head, 'seconds from the start of the run,p50 (ms),p95 (ms),p99 (ms),max (ms)');
    assert.equal(rows.length, latency.seconds.length);
    const second = latency.p95Ms.findIndex((value) => value !== null);
    assert.equal(rows[second]?.split(',')[2], String(latency.p95Ms[second]));
  }));

test('printed, everything is unfolded and light, and no picture and no plot is cut by the end of a page', async () => {
  const { page } = await openReport(browser, reports.failing, assets, { dark: true });
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  await page.evaluate("dispatchEvent(new Event('beforeprint'))");
  assert.equal(await page.locator('details:not([open])').count(), 0);
  assert.equal(await page.locator('.picture').first().isVisible(), true);
  assert.equal(await page.locator('.csv:visible, .instant a:visible, #reset:visible').count(), 0);
  const broken = await page.evaluate<readonly string[]>(
    "[...document.querySelectorAll('.picture, .plot')].filter((box) => getComputedStyle(box).breakInside !== 'avoid').map(({ id }) => id)",
  );
  assert.deepEqual(broken, []);
  assert.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(255, 255, 255)');
  const pdf = await page.pdf({ format: 'A4' });
  assert.ok(pdf.length > 50_000 && pdf.subarray(0, 5).toString() === '%PDF-');
  await page.close();
});
