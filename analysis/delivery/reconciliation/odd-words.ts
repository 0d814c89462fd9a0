import { counted } from '../../words.ts';
import type { Tally } from '../tally.ts';
import type { OddKind } from './findings.ts';

/** What is said of oddities that break nothing. */
export function remarksOn(odd: Readonly<Record<OddKind, Tally>>): readonly string[] {
  const onlyDuplicate = odd['only duplicate'].count;
  const acceptedTwice = odd['accepted twice, processed once'].count;
  return [
    ...(onlyDuplicate > 0
      ? [
          `${counted(onlyDuplicate, 'signal')} answered only as duplicate, yet processed once (a proxy that resends does this)`,
        ]
      : []),
    ...(acceptedTwice > 0
      ? [
          `${counted(acceptedTwice, 'signal')} answered as accepted more than once within the TTL, but processed once: if something in an answer tells a repeat, declare it (answers)`,
        ]
      : []),
  ];
}
