/** How often the monitor asks each of its paths, and how late it may be. */
const pollUs = 1_000_000;
const lateUs = 100_000;

/**
 * Windows begin anew with the first request after two without any, and what the monitor asks under the same count is in no ledger. Shorter ones
 * than its pace may have begun with any poll. In longer ones there is always a poll, but for one that comes late: then they begin by that much later.
 * @param possible where windows may begin, as a grid over one; those are added.
 */
export function addPolled(possible: Uint8Array, windowUs: number): void {
  if (windowUs < pollUs) {
    possible.fill(1);
    return;
  }
  const before = possible.slice();
  const late = Math.ceil((lateUs * possible.length) / windowUs);
  for (let position = 0; position < possible.length; position += 1) {
    if (before[position] !== 1) continue;
    for (let by = 1; by <= late; by += 1) possible[(position + by) % possible.length] = 1;
  }
}
