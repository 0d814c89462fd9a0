/** A host in the one form that URLs have: small letters, punycode, IPv6 compressed and without brackets. */
function normalHost(host: string): string {
  const isBareIpv6 = host.includes(':') && !host.startsWith('[');
  const url = `http://${isBareIpv6 ? `[${host}]` : host}`;
  return URL.canParse(url) ? hostOf(new URL(url)) : host;
}

/** The host of a URL, an IPv6 address without its brackets. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

/** Whether --allow-host and ALLOW_HOST name the host of a URL, in whatever form. */
export const allowsHost = (url: URL, allowed: readonly string[]): boolean =>
  allowed.some((name) => normalHost(name) === hostOf(url));

/** BASE_URL and ALLOW_HOST for k6, both in one form, so that k6 need not know the other forms. */
export function k6Target(
  baseUrl: string,
  allowed: readonly string[],
): { readonly BASE_URL: string; readonly ALLOW_HOST: string } {
  const url = new URL(baseUrl);
  return { BASE_URL: url.href.replace(/\/+$/, ''), ALLOW_HOST: allowsHost(url, allowed) ? hostOf(url) : '' };
}
