/** What profiles said once, and what they say instead. Nothing was released: this is for those who used a checkout. */
export function formerFields(value: unknown): string[] {
  const secret = typeof value === 'object' && value !== null && 'secret' in value ? value.secret : null;
  if (typeof secret !== 'object' || secret === null || !('in' in secret) || secret.in !== 'hmac-sha256') return [];
  const text = (name: string, byDefault: string): string => {
    const found = new Map<string, unknown>(Object.entries(secret)).get(name);
    return typeof found === 'string' ? found : byDefault;
  };
  const instead = {
    in: 'signature',
    headers: { [text('header', 'X-Signature')]: `${text('prefix', '')}{signature}` },
    ...(text('encoding', 'hex') === 'hex' ? {} : { encoding: text('encoding', 'hex') }),
  };
  return [`secret: "hmac-sha256" is no longer a value; write ${JSON.stringify(instead)}`];
}
