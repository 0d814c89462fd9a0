/** What render/html.ts embeds. Kept apart from the contract's types: the page is bundled for a browser. */
export interface PageData {
  readonly durationSeconds: number;
  readonly windows: readonly { readonly name: string; readonly fromSeconds: number; readonly toSeconds: number }[];
  readonly alerts: readonly { readonly atSeconds: number; readonly kind: string; readonly message: string }[];
  readonly series: import('../../contract/report.ts').Series;
}
