import type { HeaderSet } from '../../journal/header-sets.ts';
import { epochMs, httpDateMs, isEpoch, isoDateMs, scriptDateMs } from './server-time.ts';
import { type Item, itemsOf } from './structured-field.ts';

// draft-ietf-httpapi-ratelimit-headers: drafts 3 to 6 have RateLimit-Limit, -Remaining and -Reset; draft 7 has
// `RateLimit: limit=10, remaining=9, reset=1`; drafts 8 to 10 have `RateLimit: "name";r=9;t=1`. RateLimit-Policy tells the window.
// X-RateLimit-* has no standard: its reset is a wait or a time, in whichever unit.

/** When a quota is said to be there again. */
export interface Reset {
  /** From the answer on, negative if it has passed; null if it is a time, and the answer has no Date to read it by. */
  readonly ms: number | null;
  /** The same wait if its number is one of milliseconds; absent where seconds are promised. */
  readonly orMs?: number;
  /** A time rather than a wait: it says whole seconds of a clock, and so does Date. */
  readonly isTime: boolean;
}

/** What an answer says of one limit. */
export interface Quota {
  /** The header lines that say it, for texts. */
  readonly said: string;
  readonly limit: number | null;
  readonly remaining: number | null;
  readonly reset: Reset | null;
  readonly windowMs: number | null;
}

export interface Malformed {
  /** The header line. */
  readonly said: string;
  /** Such as `is a time: drafts 3 to 6 ask for whole seconds`. */
  readonly why: string;
}

export interface ReadQuotas {
  /** Which headers they are; empty if there is none. */
  readonly families: readonly string[];
  readonly quotas: readonly Quota[];
  readonly malformed: readonly Malformed[];
  /** It tells of several limits, and not which: those are none of the quotas. */
  readonly isUnassigned: boolean;
}

interface Policy {
  readonly name: string | null;
  readonly limit: number | null;
  readonly windowMs: number | null;
  /** It counts something else than requests. */
  readonly isOther: boolean;
}

/** Of an item that is the only one, without a policy. */
const unsaid: Policy = { name: null, limit: null, windowMs: null, isOther: false };

const triples = [
  { prefix: 'RateLimit-', family: 'RateLimit-Limit, -Remaining, -Reset (drafts 3 to 6)', isDraft: true },
  { prefix: 'X-RateLimit-', family: 'X-RateLimit-Limit, -Remaining, -Reset', isDraft: false },
  { prefix: 'X-Rate-Limit-', family: 'X-Rate-Limit-Limit, -Remaining, -Reset', isDraft: false },
] as const;

type Triple = (typeof triples)[number];

/** A text that was too long to be kept whole says nothing certain. */
const isCut = (text: string): boolean => text.endsWith('...');

const known = new WeakMap<HeaderSet, ReadQuotas>();

/** What one answer's headers say of the limits; each distinct set is read once. */
export function quotasOf(headers: HeaderSet): ReadQuotas {
  const before = known.get(headers);
  if (before !== undefined) return before;
  const reader = new Reader(headers);
  const read = reader.read();
  known.set(headers, read);
  return read;
}

class Reader {
  private readonly families: string[] = [];
  private readonly quotas: Quota[] = [];
  private readonly malformed: Malformed[] = [];
  private isUnassigned = false;

  constructor(private readonly headers: HeaderSet) {}

  read(): ReadQuotas {
    const policies = this.policies();
    const { RateLimit: combined } = this.headers;
    if (combined !== undefined && !isCut(combined)) this.combined(combined, policies);
    for (const triple of triples) this.triple(triple, policies);
    const { families, quotas, malformed, isUnassigned } = this;
    return { families, quotas, malformed, isUnassigned };
  }

  private wrong(name: string, text: string, why: string): null {
    const said = `${name}: ${text}`;
    const isKnown = this.malformed.some((other) => other.said === said && other.why === why);
    if (!isKnown) this.malformed.push({ said, why });
    return null;
  }

  private policies(): readonly Policy[] {
    const text = this.headers['RateLimit-Policy'];
    if (text === undefined || isCut(text)) return [];
    const items = itemsOf(text);
    if (items === null) {
      this.wrong('RateLimit-Policy', text, 'is no list of structured fields (RFC 9651)');
      return [];
    }
    return items.map((item) => this.policyOf(item, text));
  }

  private policyOf({ key, value, parameters }: Item, text: string): Policy {
    const isNumber = /^\d+$/.test(value);
    const quota = isNumber ? value : parameters.get('q');
    const window = parameters.get('w');
    if (key !== null || quota === undefined || !/^\d{1,15}$/.test(quota)) {
      this.wrong(
        'RateLimit-Policy',
        text,
        'names no quota: drafts 8 to 10 ask for "name";q=10;w=1, drafts 3 to 7 for 10;w=1',
      );
    } else if (window !== undefined && !/^[1-9]\d{0,14}$/.test(window)) {
      this.wrong('RateLimit-Policy', text, 'has a window (w) that is no whole number of seconds');
    }
    const unit = parameters.get('qu');
    return {
      name: isNumber ? null : value,
      limit: quota !== undefined && /^\d{1,15}$/.test(quota) ? Number(quota) : null,
      windowMs: window !== undefined && /^[1-9]\d{0,14}$/.test(window) ? Number(window) * 1000 : null,
      isOther: unit !== undefined && unit !== 'requests',
    };
  }

  private combined(text: string, policies: readonly Policy[]): void {
    const items = itemsOf(text);
    if (items === null || items.length === 0) {
      this.families.push('RateLimit');
      this.wrong('RateLimit', text, 'is no list of structured fields (RFC 9651)');
      return;
    }
    if (items.some(({ key }) => key === 'limit' || key === 'remaining' || key === 'reset')) {
      this.families.push('RateLimit (draft 7)');
      this.draft7(text, items, policies);
      return;
    }
    this.families.push('RateLimit (drafts 8 to 10)');
    const isOnly = items.length === 1;
    for (const item of items) this.draft8(text, item, this.policyOfItem(item, isOnly, policies));
  }

  private draft7(text: string, items: readonly Item[], policies: readonly Policy[]): void {
    // Two limiters may each add theirs, and nothing says which part is of which.
    if (new Set(items.map(({ key }) => key)).size < items.length) {
      this.isUnassigned = true;
      return;
    }
    const numberOf = (name: string, isTime = false): number | null => {
      const given = items.find(({ key }) => key === name)?.value;
      return given === undefined ? null : this.whole('RateLimit', text, { given, name, isTime });
    };
    const limit = numberOf('limit');
    const remaining = numberOf('remaining');
    const reset = numberOf('reset', true);
    if (!items.some(({ key }) => key === 'remaining')) this.wrong('RateLimit', text, 'says no remaining quota');
    this.quotas.push({
      ...this.saidBy('RateLimit', 'RateLimit-Policy'),
      limit,
      remaining,
      ...waitOf(reset),
      windowMs: windowOf(limit, policies),
    });
  }

  private draft8(text: string, { key, parameters }: Item, policy: Policy | null): void {
    const given = parameters.get('r');
    if (key !== null || given === undefined) {
      this.wrong(
        'RateLimit',
        text,
        'says no remaining quota: drafts 8 to 10 ask for "name";r=9;t=1, draft 7 for limit=10, remaining=9, reset=1',
      );
      return;
    }
    const remaining = this.whole('RateLimit', text, { given, name: 'r', isTime: false });
    const time = parameters.get('t');
    const reset = time === undefined ? null : this.whole('RateLimit', text, { given: time, name: 't', isTime: true });
    if (policy === null) this.isUnassigned = true;
    if (policy === null || policy.isOther) return;
    this.quotas.push({
      ...this.saidBy('RateLimit', 'RateLimit-Policy'),
      limit: policy.limit,
      remaining,
      ...waitOf(reset),
      windowMs: policy.windowMs,
    });
  }

  /** The policy that an item tells of, by its name; null if nothing says which one of several it is. Their order means nothing. */
  private policyOfItem({ value }: Item, isOnly: boolean, policies: readonly Policy[]): Policy | null {
    const [named, ...others] = policies.filter(({ name }) => name === value);
    if (named !== undefined && others.length === 0) return named;
    if (!isOnly || policies.length > 1) return null;
    return policies[0] ?? (this.headers['RateLimit-Policy'] === undefined ? unsaid : null);
  }

  private triple({ prefix, family, isDraft }: Triple, policies: readonly Policy[]): void {
    const names = [`${prefix}Limit`, `${prefix}Remaining`, `${prefix}Reset`] as const;
    const [limitText, remainingText, resetText] = names.map((name) => this.headers[name]);
    if (limitText === undefined && remainingText === undefined && resetText === undefined) return;
    this.families.push(family);
    const { limit, windowMs } = this.limitOf(names[0], limitText, policies);
    const remaining = remainingText === undefined ? null : this.remainingOf(names[1], remainingText, isDraft);
    const reset = resetText === undefined ? null : this.resetOf(names[2], resetText, isDraft);
    this.quotas.push({ ...this.saidBy(...names), limit, remaining, reset, windowMs });
  }

  private remainingOf(name: string, text: string, isDraft: boolean): number | null {
    // A bucket may hold parts of a request, and what has no standard may say so.
    if (!isDraft && /^\d+\.\d+$/.test(text)) return Math.floor(Number(text));
    return this.whole(name, text, { given: text, name: null, isTime: false });
  }

  /** `10`, or with the policies of drafts 3 to 5 behind it: `10, 10;w=1, 100;w=60`. */
  private limitOf(
    name: string,
    text: string | undefined,
    policies: readonly Policy[],
  ): Pick<Quota, 'limit' | 'windowMs'> {
    if (text === undefined || isCut(text)) return { limit: null, windowMs: null };
    const items = itemsOf(text) ?? [];
    const [first] = items;
    if (first === undefined || !/^\d{1,15}$/.test(first.value)) {
      this.wrong(name, text, 'is no whole number');
      return { limit: null, windowMs: null };
    }
    const limit = Number(first.value);
    const own = items.flatMap(({ value, parameters }): Policy[] => {
      const window = parameters.get('w');
      if (window === undefined || !/^[1-9]\d{0,14}$/.test(window)) return [];
      return [{ name: null, limit: Number(value), windowMs: Number(window) * 1000, isOther: false }];
    });
    return { limit, windowMs: windowOf(limit, own.length > 0 ? own : policies) };
  }

  private resetOf(name: string, text: string, isDraft: boolean): Reset | null {
    if (isCut(text)) return null;
    if (isDraft) return waitOf(this.whole(name, text, { given: text, name: null, isTime: true })).reset;
    if (/^\d+(\.\d+)?$/.test(text)) {
      const value = Number(text);
      return isEpoch(value) ? this.timeOf(epochMs(value)) : { ms: value * 1000, isTime: false, orMs: value };
    }
    const atMs = httpDateMs(text) ?? isoDateMs(text) ?? scriptDateMs(text);
    if (atMs !== null) return this.timeOf(atMs);
    return this.wrong(name, text, /^-\d/.test(text) ? 'is negative' : 'is neither a wait nor a time');
  }

  private timeOf(atMs: number): Reset {
    const { Date: date } = this.headers;
    const nowMs = date === undefined ? null : httpDateMs(date);
    return { ms: nowMs === null ? null : atMs - nowMs, isTime: true };
  }

  private whole(
    header: string,
    text: string,
    { given, name, isTime }: { readonly given: string; readonly name: string | null; readonly isTime: boolean },
  ): number | null {
    if (isCut(text)) return null;
    const subject = name === null ? '' : `has a ${name} that `;
    if (/^\d{1,15}$/.test(given)) {
      const value = Number(given);
      if (!isTime || !isEpoch(value)) return value;
      return this.wrong(header, text, `${subject}is a time: the drafts ask for whole seconds from now on`);
    }
    if (/^-\d+(\.\d+)?$/.test(given)) return this.wrong(header, text, `${subject}is negative`);
    if (/^\d*\.\d+$/.test(given)) return this.wrong(header, text, `${subject}is a fraction`);
    return this.wrong(header, text, `${subject}is no whole number`);
  }

  private saidBy(...names: readonly string[]): Pick<Quota, 'said'> {
    const lines = names.flatMap((name) => {
      const text = this.headers[name];
      return text === undefined ? [] : [`${name}: ${text}`];
    });
    return { said: lines.join(', ') };
  }
}

const waitOf = (seconds: number | null): Pick<Quota, 'reset'> => ({
  reset: seconds === null ? null : { ms: seconds * 1000, isTime: false },
});

/** The window of the one policy with this limit; null if there is none, or more. */
function windowOf(limit: number | null, policies: readonly Policy[]): number | null {
  const found = policies.filter((policy) => policy.limit === limit && limit !== null);
  return found.length === 1 ? (found[0]?.windowMs ?? null) : null;
}
