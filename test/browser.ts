import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Report } from '../contract/report.ts';
import type { ReportAssets } from '../render/assets.ts';
import { renderHtml } from '../render/html.ts';

/** A real Chromium without a network of its own doings. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Script and style of the page, bundled from the source as build.mjs does it, whatever lies in dist/. */
export async function bundleAssets(): Promise<ReportAssets> {
  const { outputFiles } = await build({
    entryPoints: [{ in: 'render/page/main.ts', out: 'report-page' }],
    absWorkingDir: new URL('..', import.meta.url).pathname,
    outdir: 'dist/page',
    write: false,
    bundle: true,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    minify: true,
  });
  const text = (ending: string): string => {
    const file = outputFiles.find(({ path }) => path.endsWith(ending));
    if (file === undefined) throw new Error(`esbuild wrote no ${ending}`);
    return file.text;
  };
  return { script: text('.js'), style: text('.css') };
}

export interface ViewOptions {
  readonly width?: number;
  readonly dark?: boolean;
  /** Device pixels a CSS pixel. */
  readonly ratio?: number;
}

export interface Shown {
  readonly page: Page;
  /** Console errors (what the page's policy forbids is one), page errors, and requests for anything but the file. */
  readonly troubles: readonly string[];
}

/** Opens a report from disk, as a person does. */
export async function openReport(
  browser: Browser,
  report: Report,
  assets: ReportAssets,
  { width = 1280, dark = false, ratio = 2 }: ViewOptions = {},
): Promise<Shown> {
  const folder = mkdtempSync(join(tmpdir(), 'webhook-stress-page-'));
  const path = join(folder, 'report.html');
  writeFileSync(path, renderHtml(report, assets));
  const url = pathToFileURL(path).href;
  const page = await browser.newPage({
    viewport: { width, height: 900 },
    deviceScaleFactor: ratio,
    colorScheme: dark ? 'dark' : 'light',
  });
  const troubles: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(String(error)));
  page.on('request', (request) => {
    if (request.url() !== url) troubles.push(`request for ${request.url()}`);
  });
  page.on('close', () => rmSync(folder, { recursive: true, force: true }));
  await page.goto(url);
  return { page, troubles };
}

/** Opens a report, hands it to the check, and holds that nothing went wrong on the page meanwhile. */
export async function whileShown(
  browser: Browser,
  report: Report,
  assets: ReportAssets,
  check: (page: Page) => Promise<void>,
  options: ViewOptions = {},
): Promise<void> {
  const { page, troubles } = await openReport(browser, report, assets, options);
  try {
    await check(page);
    assert.deepEqual(troubles, []);
  } finally {
    await page.close();
  }
}

export interface DrawnPlot {
  readonly id: string;
  readonly seriesLabels: readonly string[];
  readonly points: readonly number[];
  readonly colours: readonly string[];
}

export function drawnPlots(page: Page): Promise<readonly DrawnPlot[]> {
  return page.evaluate<readonly DrawnPlot[]>('window.stressReport.plots');
}

// Text, for it runs in the page, whose types (canvas, document) the Node side does not have.
const countPixels = `(plotId, colours) => {
  const canvas = document.querySelector('#plot-' + plotId + ' canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const counts = colours.map(() => 0);
  const wanted = colours.map((colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)));
  for (let at = 0; at < data.length; at += 4) {
    wanted.forEach(([red, green, blue], n) => {
      const near = Math.abs(data[at] - red) <= 2 && Math.abs(data[at + 1] - green) <= 2 && Math.abs(data[at + 2] - blue) <= 2;
      if (near && data[at + 3] === 255) counts[n] += 1;
    });
  }
  return counts;
}`;

/** Pixels of each colour (#rrggbb) on the canvas of one plot. */
export function pixelsOf(page: Page, plotId: string, colours: readonly string[]): Promise<readonly number[]> {
  return page.evaluate<readonly number[]>(`(${countPixels})(${JSON.stringify(plotId)}, ${JSON.stringify(colours)})`);
}
