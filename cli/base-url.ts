import { isIP } from 'node:net';

/** A URL or host as everything in a run uses it, or what is wrong with it. */
export type Normalized = { readonly value: string } | { readonly problem: string };

/**
 * The URL of a server in one form: host in ASCII and lower case, IPv6 in brackets, no slash at the end.
 * @param name the setting, for the problem. The text itself never goes into a problem: it may hold a password.
 */
export function normalizeBaseUrl(text: string, name: string): Normalized {
  const wrong = (why: string) => ({ problem: `${name} is not a valid URL: ${why}` });
  if (!URL.canParse(text)) return wrong('it must look like http://127.0.0.1:8000');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return wrong(`it must begin with http:// or https://, not ${url.protocol}`);
  }
  if (url.username !== '' || url.password !== '') {
    return wrong(
      'it must not contain a user or password. Remove them; secrets come from WEBHOOK_SECRET or LOGIN_PASSWORD',
    );
  }
  if (url.search !== '') return wrong('it must not contain a query (?…). Put it into request.path of the profile');
  if (url.hash !== '') return wrong('it must not contain a fragment (#…). Remove it');
  return { value: `${url.origin}${url.pathname}`.replace(/\/+$/, '') };
}

/** A host of --allow-host in the form that URLs have it: `fd00::1` and `[FD00::1]` are one host, as are an IDN and its xn-- name. */
export function normalizeHost(text: string, name: string): Normalized {
  const bare = text.trim().replace(/^\[(.*)\]$/, '$1');
  const candidate = `http://${isIP(bare) === 6 ? `[${bare}]` : bare}/`;
  const isHost =
    bare !== '' && !/[/?#@\\\s]/.test(bare) && (isIP(bare) === 6 || !bare.includes(':')) && URL.canParse(candidate);
  if (isHost) return { value: new URL(candidate).hostname };
  return {
    problem: `${name} is “${text}”, which is not a host name or address. Write it without scheme, port and path`,
  };
}
