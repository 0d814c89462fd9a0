import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What report.html carries in itself, so that it opens from disk without a network. */
export interface ReportAssets {
  readonly script: string;
  readonly style: string;
}

/** Script and style of render/page with uPlot in them, as build.mjs bundles them. */
export function readReportAssets(): ReportAssets {
  let root = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(root, 'package.json'))) root = dirname(root);
  const read = (name: string): string => readFileSync(join(root, 'dist', 'page', name), 'utf8');
  return { script: read('report-page.js'), style: read('report-page.css') };
}
