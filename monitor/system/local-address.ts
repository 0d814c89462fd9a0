import { isIP } from 'node:net';
import { endianness, networkInterfaces } from 'node:os';

/** An IP address in the one form in which addresses are compared here; an IPv4 address within IPv6 is that IPv4 address. */
export function canonicalAddress(text: string): string {
  const address = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  if (isIP(address) !== 6) return address;
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([\da-f]+):([\da-f]+)$/.exec(canonical) ?? [];
  if (high === undefined || low === undefined) return canonical;
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [a >> 8, a & 255, b >> 8, b & 255].join('.');
}

/** An address of /proc/net/tcp or tcp6: words of four bytes, each in the byte order of the machine. */
export function addressOfHex(hex: string, order: 'LE' | 'BE' = endianness()): string {
  const bytes = Buffer.from(hex, 'hex');
  if (order === 'LE') bytes.swap32();
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, n) => bytes.readUInt16BE(2 * n).toString(16));
  return canonicalAddress(groups.join(':'));
}

/** Of the addresses that sockets listen on, the one that gets connections to this one; null if none does. */
export function listeningAddressFor(target: string, listening: ReadonlySet<string>): string | null {
  const address = canonicalAddress(target);
  // The exact address comes before the wildcards, and IPv4's wildcard before that of IPv6, which may take IPv4, too.
  const order = isIP(address) === 4 ? [address, '0.0.0.0', '::'] : [address, '::'];
  return order.find((candidate) => listening.has(candidate)) ?? null;
}

/** Whether an address is one of this machine's. */
export function isLocalAddress(address: string): boolean {
  const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const canonical = canonicalAddress(address);
  return (
    /^127\.|^0\.0\.0\.0$|^::1?$/.test(canonical) || own.some((each) => canonicalAddress(each.address) === canonical)
  );
}
