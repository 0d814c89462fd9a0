import { counted } from '../words.ts';
import { maxClosingUs } from './requests-at-end.ts';

/** How many other processes ended at that time, with which the same requests may have broken off. */
type Others = number;

/** What shows at the end of a process, beside what is said of its cause. Words are made of it for the reader alone. */
export type EndNote =
  | {
      readonly note: 'brokeOff';
      readonly requests: number;
      /** Of them, after more than `maxClosingUs`. */
      readonly long: number;
      readonly others?: Others;
    }
  | { readonly note: 'metClosing'; readonly requests: number }
  | { readonly note: 'foundNobody'; readonly requests: number }
  | {
      readonly note: 'brokeOffAndFoundNobody';
      readonly brokeOff: number;
      readonly foundNobody: number;
      readonly others?: Others;
    }
  | { readonly note: 'nobodyTookOver' }
  | { readonly note: 'notStoppedByPm2' }
  /** By a line that names no process, and the end may be another's. */
  | { readonly note: 'toldToEnd' }
  | { readonly note: 'masterLivedOn' };

/** As it follows what comes before it in a sentence. */
export function noteInWords(note: EndNote): string {
  switch (note.note) {
    case 'brokeOff': {
      const { requests, long } = note;
      const ofThem = long < requests ? `, ${long} of them after more than ${maxClosingUs / 1000} ms` : '';
      return `, and ${counted(requests, 'request')} broke off ${withWhom(note)}${ofThem}`;
    }
    case 'metClosing':
      return `; ${counted(note.requests, 'request')} met a closing connection`;
    case 'foundNobody':
      return `, and ${counted(note.requests, 'request')} found nobody there`;
    case 'brokeOffAndFoundNobody':
      return `, ${counted(note.brokeOff, 'request')} broke off ${withWhom(note)}, and ${note.foundNobody} more found nobody there`;
    case 'nobodyTookOver':
      return ', nobody took over, and no request succeeded after that';
    case 'notStoppedByPm2':
      return ', and no log says that PM2 was told to stop it';
    case 'toldToEnd':
      return ', by a line that names no process, and it was told to end';
    case 'masterLivedOn':
      return ': its master would have ended with it otherwise';
  }
}

const withWhom = ({ others = 0 }: { readonly others?: Others }): string =>
  others === 0 ? 'with it' : `with it or with ${counted(others, 'other')} that ended then`;

/** Of an end with which requests broke off, and of so many others then. */
export const sharedWith = (notes: readonly EndNote[], others: Others): readonly EndNote[] =>
  others === 0 ? notes : notes.map((note) => (isBreaking(note) ? { ...note, others } : note));

export const isBreaking = (note: EndNote): boolean =>
  note.note === 'brokeOff' || note.note === 'brokeOffAndFoundNobody';
