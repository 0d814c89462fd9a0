import { join } from 'node:path';

/** For people: the other files of a report are for programs. */
export const reportPage = 'report.html';

/** Where the page of a report is; null if the disk refused it: a page that is there is of an earlier report. */
export const pageIn = (folder: string, unwritten: readonly { readonly file: string }[]): string | null =>
  unwritten.some(({ file }) => file === reportPage) ? null : join(folder, reportPage);
