import type { TargetProfile } from '../contract/profile/profile.ts';
import type { Normalized } from './base-url.ts';

/**
 * The URL of a metrics page or of another address that the profile names: a path at the base URL, or a URL on the same host, such as
 * another port of it.
 * @param name the setting, for the problem. The text itself never goes into a problem: it may hold a password.
 */
export function urlOnHost(text: string, baseUrl: string, name: string): Normalized {
  if (text.startsWith('/')) return { value: baseUrl + text };
  if (!URL.canParse(text))
    return { problem: `${name} is not a valid URL: it must look like /metrics or http://127.0.0.1:9464/metrics` };
  const url = new URL(text);
  if (url.hostname !== new URL(baseUrl).hostname) {
    return {
      problem: `${name} must be on the host of the server under test, ${new URL(baseUrl).hostname}: write a path, or a URL with this host and another port`,
    };
  }
  return { value: url.href };
}

/** What of the profile's monitoring is not at the server under test. */
export function monitoringProblems(
  { monitoring: { metrics, collect } }: TargetProfile,
  baseUrl: string | null,
): readonly string[] {
  if (baseUrl === null) return [];
  const urls = [
    ['monitoring.metrics', metrics],
    ['monitoring.collect.url', collect?.by === 'request' ? collect.url : null],
  ] as const;
  return urls.flatMap(([name, text]) => {
    const url = text === null ? null : urlOnHost(text, baseUrl, name);
    return url !== null && 'problem' in url ? [url.problem] : [];
  });
}
