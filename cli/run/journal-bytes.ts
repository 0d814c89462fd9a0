import { byteSizeShape, bytesOf } from '../byte-size.ts';

/** Less leaves no room for a load. */
const minJournalBytes = 200e6;

/** Bytes of --journal-limit, and what is wrong with it. */
export function journalLimit(text: string): { readonly bytes: number; readonly problems: readonly string[] } {
  const bytes = bytesOf(text) ?? 0;
  // A text that is no size is a problem of the options.
  const isTooSmall = byteSizeShape.test(text) && bytes < minJournalBytes;
  return { bytes, problems: isTooSmall ? [`--journal-limit is ${text}: give ${minJournalBytes / 1e6}MB or more`] : [] };
}
