// Remakes docs/report.png from a run: node --import tsx test/remake-picture.ts reports/<run-id>
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readReport } from '../render/json.ts';
import { bundleAssets, launchBrowser, openReport } from './fixtures/browser.ts';

const [, , folder] = process.argv;
if (folder === undefined) {
  process.stderr.write('name the folder of a run: make picture RUN=reports/<run-id>\n');
  process.exit(2);
}
const report = readReport(readFileSync(join(resolve(folder), 'report.json'), 'utf8'));
const browser = await launchBrowser();
try {
  const { page } = await openReport(browser, report, await bundleAssets(), { width: 1280, ratio: 1 });
  await page.setViewportSize({ width: 1280, height: 1640 });
  await page.screenshot({ path: join(import.meta.dirname, '..', 'docs', 'report.png') });
} finally {
  await browser.close();
}
