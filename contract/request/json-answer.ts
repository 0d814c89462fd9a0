/** An answer's body as JSON; undefined where it is none. */
export function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The value under a name, or under names joined by dots; undefined where there is none. */
export function fieldOf(value: unknown, path: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const own = Object.entries(value).find(([name]) => name === path);
  if (own !== undefined) return own[1];
  const dot = path.indexOf('.');
  return dot === -1 ? undefined : fieldOf(fieldOf(value, path.slice(0, dot)), path.slice(dot + 1));
}

/** A text or number under one of several names, as text; null where there is none. */
export function firstText(value: unknown, paths: readonly string[]): string | null {
  for (const path of paths) {
    const found = fieldOf(value, path);
    if ((typeof found === 'string' && found !== '') || typeof found === 'number') return String(found);
  }
  return null;
}
