/** How many letters were left out, added, changed or swapped with the next (optimal string alignment). */
function distance(one: string, other: string): number {
  let [before, last] = [[] as number[], Array.from({ length: other.length + 1 }, (_, n) => n)];
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const isSame = one[i - 1] === other[j - 1];
      const isSwapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const steps = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (isSame ? 0 : 1));
      row.push(isSwapped ? Math.min(steps, (before[j - 2] ?? 0) + 1) : steps);
    }
    [before, last] = [last, row];
  }
  return last[other.length] ?? 0;
}

const longestCompared = 40;
const plain = (name: string): string => name.toLowerCase().replace(/[-_ ]/g, '');

/** The known name that was probably meant; null if none is near. */
export function nearestName(written: string, known: readonly string[]): string | null {
  if (written.length > longestCompared) return null;
  const most = Math.max(1, Math.floor(written.length / 3));
  const [best] = known
    .map((name) => ({ name, steps: distance(plain(written), plain(name)) }))
    .filter(({ steps }) => steps <= most)
    .sort((a, b) => a.steps - b.steps);
  return best?.name ?? null;
}
