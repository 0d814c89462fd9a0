/** The nth file of a monitor whose first one is at `path`, from 1 on: local.ndjson, local.0002.ndjson and so on. */
export function monitorPiece(path: string, number: number): string {
  return number === 1 ? path : path.replace(/\.ndjson$/, `.${String(number).padStart(4, '0')}.ndjson`);
}

/** Which file of which monitor has this name; null for the name of another file. */
export function pieceOfMonitor(name: string): { readonly id: string; readonly number: number } | null {
  const [, id, digits] = /^(.+?)(?:\.(\d{4,}))?\.ndjson(?:\.gz)?$/.exec(name) ?? [];
  return id === undefined ? null : { id, number: digits === undefined ? 1 : Number(digits) };
}
