/** Writes one line to stderr: `<ISO time> <level> <message>`. Messages never hold secrets, URLs or bodies. */
export function log(level: 'info' | 'warn' | 'error', message: string): void {
  process.stderr.write(`${new Date().toISOString()} ${level} ${message.replace(/\s+/g, ' ')}\n`);
}

export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
