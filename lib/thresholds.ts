export type Threshold =
  | string
  | { readonly threshold: string; readonly abortOnFail: boolean; readonly delayAbortEval?: string };

/** k6's thresholds, by metric. */
export type Thresholds = Readonly<Record<string, readonly Threshold[]>>;

/** What the profile judges by, as far as thresholds of k6 say the same. */
export interface Criteria {
  readonly averageResponse: { readonly warnMs: number; readonly failMs: number };
  readonly p95Response: { readonly warnMs: number; readonly failMs: number };
  readonly anyResponse: { readonly warnMs: number; readonly failMs: number };
  readonly success: { readonly passRate: number; readonly failRate: number };
}
