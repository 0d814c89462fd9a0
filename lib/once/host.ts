/** The host of a URL in small letters, an IPv6 address without its brackets; null if there is none. */
export function hostOf(url: string): string | null {
  const host = /^https?:\/\/(?:[^/@]*@)?(\[[^\]]+\]|[^/:?#]+)/i.exec(url)?.[1];
  return host === undefined ? null : normalHost(host);
}

/** A host as it is compared: small letters, no brackets, no final dot. */
export const normalHost = (host: string): string =>
  host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');

/** Names that never leave this machine, as Go's HTTP client has them when it decides on a proxy. */
export const isLoopbackName = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
