import type * as z from 'zod';

/** What a child of ours tells in a line of JSON; null in any other line. */
export function toldIn<T>(line: string, known: z.ZodType<T>): T | null {
  try {
    return known.safeParse(JSON.parse(line)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
