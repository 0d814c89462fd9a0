import type { Report } from '../../contract/report/report.ts';
import type { Thresholds } from '../../contract/report/thresholds.ts';

/** What render/html/timeline.ts embeds for this page's script. */
export interface PageData {
  readonly durationSeconds: number;
  readonly series: Report['series'];
  readonly windows: readonly { readonly name: string; readonly fromSeconds: number; readonly toSeconds: number }[];
  readonly alerts: readonly PageAlert[];
  /** Those that the run was judged by. */
  readonly thresholds: Pick<Thresholds, 'p95Response' | 'anyResponse' | 'cpu'>;
  readonly stalls: Report['generator']['stalls'];
}

/** The part of the time axis that all plots show. */
export interface TimeRange {
  readonly min: number;
  readonly max: number;
}

export interface PageAlert {
  readonly atSeconds: number;
  readonly kind: string;
  readonly weight: 'grave' | 'notable' | 'plain';
  readonly message: string;
}
