/**
 * Text on one line that no terminal, browser or viewer acts upon: control characters (terminal escapes, NUL, line breaks),
 * format characters (marks that turn text around, invisible ones) and halves of surrogate pairs become blanks.
 */
export function sanitize(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, ' ');
}
