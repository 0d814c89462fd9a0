import { secretNames } from './environment-variables.ts';

type Env = Readonly<Record<string, string | undefined>>;

const forms = {
  MONITOR_REDIS_URL: {
    match: /^(?:rediss?:\/\/[^\s/]+(?:\/\d*)?(?:\?\S*)?|(?:unix:\/\/)?\/\S+)$/i,
    be: 'redis://[user:password@]host:port/number, rediss://… with TLS, or the path of a socket',
  },
  MONITOR_POSTGRES_URL: {
    match: /^(?:postgres(?:ql)?:\/\/\S+|socket:\S+)$/i,
    be: 'postgres://user:password@host:port/database',
  },
} as const;

/** What is wrong with the URLs of stores, without a word of them. */
export function storeUrlProblems(env: Env): readonly string[] {
  return (['MONITOR_REDIS_URL', 'MONITOR_POSTGRES_URL'] as const).flatMap((name) => {
    const url = env[name];
    return !url || (forms[name].match.test(url) && parses(url)) ? [] : [`${name} must be ${forms[name].be}`];
  });
}

/** Passwords within the URLs of stores, as they are written and as they are meant: a text may hold them without the rest. */
export function partsOfStoreUrls(env: Env): readonly string[] {
  return secretNames
    .filter((name) => name.endsWith('_URL'))
    .flatMap((name) => {
      const password = /^[a-z+]+:\/\/[^/?#\s]*?:([^/?#\s]*)@/i.exec(env[name] ?? '')?.[1];
      return password ? [password, decoded(password)] : [];
    });
}

function parses(url: string): boolean {
  if (!/^[a-z+]+:\/\/[^/]/i.test(url)) return true;
  return URL.canParse(url);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A bare percent sign: it is meant as it stands.
    return text;
  }
}
