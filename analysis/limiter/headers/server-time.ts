// HTTP dates (RFC 9110, 5.6.7), in the three forms that a recipient must take.

const months: readonly string[] = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const month = `(?<month>${months.join('|')})`;
const time = '(?<hour>[01]\\d|2[0-3]):(?<minute>[0-5]\\d):(?<second>[0-5]\\d|60)';
const day = 'Mon|Tue|Wed|Thu|Fri|Sat|Sun';
const longDay = 'Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday';

const forms: readonly RegExp[] = [
  new RegExp(`^(?:${day}), (?<day>\\d\\d) ${month} (?<year>\\d{4}) ${time} GMT$`),
  new RegExp(`^(?:${longDay}), (?<day>\\d\\d)-${month}-(?<year>\\d\\d) ${time} GMT$`),
  new RegExp(`^(?:${day}) ${month} (?<day>[ \\d]\\d) ${time} (?<year>\\d{4})$`),
];

/** Milliseconds since the epoch; null if the text is no HTTP date. */
export function httpDateMs(text: string): number | null {
  for (const form of forms) {
    const found = form.exec(text)?.groups;
    if (found === undefined) continue;
    const at = months.indexOf(found.month ?? '');
    // Two digits: none is more than 50 years ahead, and this century has 75 years left.
    const year = Number(found.year) + (found.year?.length === 2 ? 2000 : 0);
    const [dayOfMonth, hour, minute, second] = [found.day, found.hour, found.minute, found.second].map(Number);
    const ms = Date.UTC(year, at, dayOfMonth, hour, minute, second);
    return new Date(ms).getUTCDate() === dayOfMonth ? ms : null;
  }
  return null;
}

const scriptForm = new RegExp(
  `^(?:${day}) ${month} (?<day>\\d\\d) (?<year>\\d{4}) ${time} GMT(?<sign>[+-])(?<zoneHours>\\d\\d)(?<zoneMinutes>\\d\\d)(?: \\(.*\\))?$`,
);

/** Milliseconds since the epoch of a date as JavaScript writes it where it becomes a text, such as in Node's `setHeader(name, new Date())`. */
export function scriptDateMs(text: string): number | null {
  const found = scriptForm.exec(text)?.groups;
  if (found === undefined) return null;
  const inZoneMs = httpDateMs(
    `${text.slice(0, 3)}, ${found.day} ${found.month} ${found.year} ${text.slice(16, 24)} GMT`,
  );
  const zoneMs = (Number(found.zoneHours) * 60 + Number(found.zoneMinutes)) * 60_000;
  return inZoneMs === null ? null : inZoneMs - (found.sign === '-' ? -zoneMs : zoneMs);
}

/** Milliseconds since the epoch of a date as ISO 8601 writes it, with its zone. */
export function isoDateMs(text: string): number | null {
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?(Z|UTC|[+-]\d\d:?\d\d))?$/i.test(text)) return null;
  const zoned = text.replace(' ', 'T').replace(/ ?UTC$/i, 'Z');
  const ms = Date.parse(/(Z|[+-]\d\d:?\d\d)$/i.test(zoned) ? zoned : `${zoned}Z`);
  return Number.isNaN(ms) ? null : ms;
}

/** A whole number of this size is a time since the epoch and no wait: in seconds it is 31 years. */
const smallestEpoch = 1e9;
const smallestEpochMs = 1e11;
const smallestEpochUs = 1e14;

/** Whether a number is a time since the epoch rather than a wait. */
export const isEpoch = (value: number): boolean => value >= smallestEpoch;

/** Milliseconds since the epoch of a number that is such a time, in whichever unit. */
export function epochMs(value: number): number {
  if (value >= smallestEpochUs) return value / 1000;
  return value >= smallestEpochMs ? value : value * 1000;
}
