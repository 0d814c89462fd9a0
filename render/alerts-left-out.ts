import type { Report } from '../contract/report/report.ts';
import { formatCount } from './formats.ts';

/** What is said of the alerts that the report does not list; null if it lists all. */
export function alertsLeftOut({ alertsLeftOut: count }: Pick<Report, 'alertsLeftOut'>): string | null {
  if (count === 0) return null;
  const alerts = count === 1 ? '1 further alert is' : `${formatCount(count)} further alerts are`;
  return `${alerts} not listed: the files in monitors/ hold them all.`;
}
