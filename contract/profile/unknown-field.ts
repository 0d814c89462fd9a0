/** Thrown where a check reads a field that is wrong by itself: what the field will be, nobody knows. */
export class UnknownField extends Error {}

/** What some checks tell, but for those that need a field which is not known. */
export function toldBy(...checks: readonly (() => readonly string[])[]): string[] {
  return checks.flatMap((check) => {
    try {
      return check();
    } catch (error) {
      if (error instanceof UnknownField) return [];
      throw error;
    }
  });
}
