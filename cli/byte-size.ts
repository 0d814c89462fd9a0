const bytesPer = { MB: 1e6, GB: 1e9, TB: 1e12 } as const;

export const byteSizeShape = /^(\d{1,6}(?:\.\d{1,3})?)(MB|GB|TB)$/;

/** Bytes of `500MB`, `1.5GB`; null for another text. */
export function bytesOf(text: string): number | null {
  const [, number, unit] = byteSizeShape.exec(text) ?? [];
  if (unit !== 'MB' && unit !== 'GB' && unit !== 'TB') return null;
  return Math.round(Number(number) * bytesPer[unit]);
}

/** `1.5 GB`, `320 MB`. */
export function bytesInWords(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${Number((bytes / 1e9).toPrecision(3))} GB`;
}
