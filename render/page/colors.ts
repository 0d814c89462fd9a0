import type { RecordedOutcome } from '../../contract/journal/outcomes.ts';

/** A line's color on a light and on a dark page. */
export interface Color {
  readonly light: string;
  readonly dark: string;
}

// Both tables were searched for the greatest least distance between any two of their colors, as people with normal sight,
// protanopia, deuteranopia and tritanopia see them; test/unit/render-colors.test.ts holds the distances and the contrast.

export const outcomeColors: Readonly<Record<RecordedOutcome, Color>> = {
  accepted: { light: '#008165', dark: '#0f9062' },
  duplicate: { light: '#2e9cf4', dark: '#51b0fd' },
  pending: { light: '#780090', dark: '#b4ccb4' },
  changed: { light: '#481800', dark: '#b4240c' },
  limited: { light: '#b58c2b', dark: '#fbba5d' },
  rejected: { light: '#ea5bb3', dark: '#fb6cb5' },
  failed: { light: '#b00808', dark: '#f72906' },
  timeout: { light: '#7b4cc5', dark: '#9a60f1' },
  abandoned: { light: '#1e0f5a', dark: '#5a5a87' },
  unsent: { light: '#060606', dark: '#9810c8' },
  unclassified: { light: '#454b55', dark: '#dfe4ec' },
};

export const lineColors = {
  blue: { light: '#3f84c6', dark: '#6698e1' },
  ochre: { light: '#b07d15', dark: '#fcc15b' },
  green: { light: '#117554', dark: '#6fcaae' },
  magenta: { light: '#d3428f', dark: '#c56b94' },
  violet: { light: '#6d40b4', dark: '#8b57de' },
  cyan: { light: '#06afd2', dark: '#7deaff' },
  coral: { light: '#e48873', dark: '#d24509' },
  olive: { light: '#424600', dark: '#a6a62e' },
} as const satisfies Readonly<Record<string, Color>>;

const inOrder: readonly Color[] = Object.values(lineColors);

/** The color of the nth of equals, such as processes. Where colors run out they come again, then dashed. */
export function nthColor(n: number): { readonly color: Color; readonly dashed: boolean } {
  return { color: inOrder[n % inOrder.length] ?? lineColors.blue, dashed: n >= inOrder.length };
}
