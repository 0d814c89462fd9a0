import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ExpectedError } from '../contract/report/expected-error.ts';

/** What report.html carries in itself, so that it opens from disk without a network. */
export interface ReportAssets {
  readonly script: string;
  readonly style: string;
}

/**
 * Script and style of render/page with uPlot in them, as build.mjs bundles them; found from the source as from the bundle.
 * Throws an ExpectedError where they have not been built.
 */
export function readReportAssets(): ReportAssets {
  let root = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(root, 'package.json'))) root = dirname(root);
  const read = (name: string): string => {
    const path = join(root, 'dist', 'page', name);
    if (!existsSync(path))
      throw new ExpectedError(`${path}, a part of report.html, is missing; run "npm run build" first`);
    return readFileSync(path, 'utf8');
  };
  return { script: read('report-page.js'), style: read('report-page.css') };
}
