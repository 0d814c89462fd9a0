import type { Color } from './colors.ts';

/** The colors of one drawing: those of the page's style sheet, which knows dark, light and print. */
export interface Theme {
  readonly line: (color: Color) => string;
  readonly variable: (name: string) => string;
}

export const darkScheme = matchMedia('screen and (prefers-color-scheme: dark)');

/** @param printing paper is light whatever the screen is. */
export function currentTheme(printing: boolean): Theme {
  const style = getComputedStyle(document.documentElement);
  const dark = darkScheme.matches && !printing;
  return {
    line: (color) => (dark ? color.dark : color.light),
    variable: (name) => style.getPropertyValue(name).trim(),
  };
}
