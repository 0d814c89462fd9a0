import exec from 'k6/execution';

/**
 * A file of the journal as this generator writes it: one of several has a folder of its own in the one that they share. The timeline
 * output (k6/timeline/settings.go) does the same by the same settings.
 *
 *     /journal/burst.summary.json with --tag instance_id=2:   /journal/k6-2/burst.summary.json
 */
export function inOwnFolder(path: string, named: string | null): string {
  const instance: unknown = exec.test.options.tags?.instance_id;
  const folder = named ?? (typeof instance === 'string' ? `k6-${instance}` : null);
  if (folder === null) return path;
  const cut = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1;
  return `${path.slice(0, cut)}${folder}/${path.slice(cut)}`;
}
