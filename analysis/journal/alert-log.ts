import type { AlertKind, AlertLine } from '../../contract/journal/journal.ts';

/** A server that starts a process for each request raises more than anybody reads. */
const maxOfKind = 1000;

/** Alerts in order of time: those that a verdict needs all, of every other kind the first thousand. */
export class AlertLog {
  readonly kept: AlertLine[] = [];
  /** How many were left out. */
  leftOut = 0;
  private readonly counts = new Map<AlertKind, number>();

  add(alert: AlertLine): void {
    const count = (this.counts.get(alert.alert) ?? 0) + 1;
    this.counts.set(alert.alert, count);
    // Why processes ended decides what is a crash.
    if (count > maxOfKind && alert.means === undefined && alert.alert !== 'process-recycled') this.leftOut += 1;
    else this.kept.push(alert);
  }
}
