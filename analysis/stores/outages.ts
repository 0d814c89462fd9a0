import type { StoreFailureLine, StoreLine } from '../../contract/journal/journal.ts';

/** Looks that failed one after the other. */
export interface Outage {
  readonly failures: readonly StoreFailureLine[];
  readonly fromUs: number;
  /** When the last look before them was answered; null if none was. */
  readonly lastAnsweredUs: number | null;
  /** When a look was answered again; null if none was. */
  readonly toUs: number | null;
}

/** What says nothing about the store: the monitor was not let in, or asked for a host that nobody knows. */
const ofSettings: ReadonlySet<StoreFailureLine['failure']> = new Set(['denied', 'unresolved', 'tls', 'other']);
/** What the store itself said: it was there, and did not serve. */
const ofStore: ReadonlySet<StoreFailureLine['failure']> = new Set(['full', 'loading', 'busy', 'unsaved', 'crashed']);

export function outagesIn(lines: readonly StoreLine[]): readonly Outage[] {
  const outages: Outage[] = [];
  let failures: StoreFailureLine[] = [];
  let lastAnsweredUs: number | null = null;
  const close = (toUs: number | null): void => {
    const [first] = failures;
    if (first !== undefined) outages.push({ failures, fromUs: first.atUs, lastAnsweredUs, toUs });
    failures = [];
    lastAnsweredUs = toUs;
  };
  for (const line of lines) {
    if ('failure' in line) failures.push(line);
    else close(line.atUs);
  }
  close(null);
  return outages;
}

/** Failures that accuse the store: it was known to answer, or said itself why it did not. */
export function accusing({ failures }: Outage, wasAnswered: boolean): readonly StoreFailureLine[] {
  return failures.filter(({ failure }) => ofStore.has(failure) || (wasAnswered && !ofSettings.has(failure)));
}
