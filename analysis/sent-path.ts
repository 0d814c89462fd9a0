/** The path of a base URL, which comes before every other; empty for none, and for what is no URL. */
export const basePath = (baseUrl: string): string =>
  URL.canParse(baseUrl) ? new URL(baseUrl).pathname.replace(/\/+$/, '') : '';

/** A path as it goes to the server. */
export const sentPath = (baseUrl: string, path: string): string => `${basePath(baseUrl)}${path}`;
