/** The setting, in run.json and report.json, of a run for which no server was named. */
export const byDefaultSetting = 'embeddedByDefault';

interface Tested {
  readonly target: { readonly kind: 'embedded' | 'external' };
  readonly settings: Readonly<Record<string, string | number | boolean>>;
}

const because = 'because no stress.config.* and no BASE_URL were found';
const saysNothing = 'This says nothing about your own server.';

/** What must be known of a run against our own backend, which passes whatever the user's server does; null for other runs. */
export function embeddedInWords({ target, settings }: Tested): string | null {
  if (target.kind !== 'embedded') return null;
  const why = settings[byDefaultSetting] === true ? `, ${because}` : '';
  return `The EMBEDDED backend was tested${why}. ${saysNothing}`;
}

/** The same at the start of a run, with what to do. @param init the command that describes a server, as the user types it. */
export function embeddedAtStart(isByDefault: boolean, init: string): string {
  return isByDefault
    ? `The EMBEDDED backend is tested, ${because}. ${saysNothing} Set BASE_URL, or describe your server (${init}).`
    : `The EMBEDDED backend is tested. ${saysNothing}`;
}
