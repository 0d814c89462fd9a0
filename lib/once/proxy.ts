import { hostOf, isLoopbackName } from './host.ts';

type Settings = Readonly<Record<string, string | undefined>>;

/** The proxy variable that k6 would follow to a host, or null. Go's HTTP client never uses a proxy for loopback. */
export function proxyVariable(baseUrl: string, settings: Settings): string | null {
  const host = hostOf(baseUrl);
  if (host === null || isLoopbackName(host)) return null;
  const names = /^https:/i.test(baseUrl) ? ['HTTPS_PROXY', 'https_proxy'] : ['HTTP_PROXY', 'http_proxy'];
  return names.find((name) => (settings[name] ?? '') !== '') ?? null;
}
