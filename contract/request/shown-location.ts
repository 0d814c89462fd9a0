const maxLocation = 200;

/** Where a redirect leads, in the words of the profile: without its query, and without token and secret. */
export function shownLocation(location: string, [token = '', secret = '']: readonly string[]): string {
  let place = location.replace(/[?#].*$/s, '');
  for (const [name, value] of [
    ['{secret}', secret],
    ['{token}', token],
  ] as const) {
    for (const text of [value, encodeURIComponent(value)]) if (text !== '') place = place.replaceAll(text, name);
  }
  return place.slice(0, maxLocation);
}
