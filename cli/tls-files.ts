import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { TlsTrust } from '../monitor/probes/pinned-agent.ts';

/** Paths of PEM files: what the server's certificate is checked by, and the client certificate that is shown to it. */
export const tlsFileNames = ['TLS_CA_FILE', 'TLS_CERT_FILE', 'TLS_KEY_FILE'] as const;
type TlsFileName = (typeof tlsFileNames)[number];

export interface TlsFiles {
  /** Null if none is named. */
  readonly trust: TlsTrust | null;
  /** The same files by their full paths: a child may run in another folder. */
  readonly paths: Readonly<Partial<Record<TlsFileName, string>>>;
  readonly problems: readonly string[];
}

/** What of an error may be told: never what a file holds. */
const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';

class TlsFileReader {
  readonly problems: string[] = [];
  readonly paths: Partial<Record<TlsFileName, string>> = {};

  read(name: TlsFileName, given: string | undefined): string | null {
    if (given === undefined || given === '') return null;
    const path = resolve(given);
    this.paths[name] = path;
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      this.problems.push(
        `${name} names ${path}, which cannot be read (${codeOf(error)}): name a file that this user may read`,
      );
      return null;
    }
  }

  /** The first certificate of a file; the others must be certificates, too. */
  certificate(name: TlsFileName, pem: string | null): X509Certificate | null {
    if (pem === null) return null;
    const blocks = pem.match(/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\s\S]*?-----END [^-]+-----/g) ?? [];
    if (blocks.length === 0) {
      this.problems.push(
        `${name} names ${this.paths[name]}, which holds no certificate in PEM: name a file with -----BEGIN CERTIFICATE-----`,
      );
      return null;
    }
    try {
      return blocks.map((block) => new X509Certificate(block))[0] ?? null;
    } catch {
      this.problems.push(`${name} names ${this.paths[name]}, which holds a damaged certificate: name an intact one`);
      return null;
    }
  }

  key(name: TlsFileName, pem: string | null): KeyObject | null {
    if (pem === null) return null;
    try {
      return createPrivateKey(pem);
    } catch (error) {
      const isEncrypted = codeOf(error) === 'ERR_MISSING_PASSPHRASE' || pem.includes('ENCRYPTED');
      this.problems.push(
        isEncrypted
          ? `${name} names ${this.paths[name]}, which is encrypted: name a key without a passphrase`
          : `${name} names ${this.paths[name]}, which holds no private key in PEM: name a file with -----BEGIN PRIVATE KEY-----`,
      );
      return null;
    }
  }
}

/** Reads the files that the environment names, and tells all that is wrong with them. */
export function readTlsFiles(env: Readonly<Record<string, string | undefined>>): TlsFiles {
  const reader = new TlsFileReader();
  const ca = reader.read('TLS_CA_FILE', env.TLS_CA_FILE);
  const cert = reader.read('TLS_CERT_FILE', env.TLS_CERT_FILE);
  const key = reader.read('TLS_KEY_FILE', env.TLS_KEY_FILE);
  reader.certificate('TLS_CA_FILE', ca);
  const certificate = reader.certificate('TLS_CERT_FILE', cert);
  const privateKey = reader.key('TLS_KEY_FILE', key);
  const { problems, paths } = reader;
  if (certificate !== null && privateKey !== null && !certificate.checkPrivateKey(privateKey)) {
    problems.push(
      `the key in TLS_KEY_FILE (${paths.TLS_KEY_FILE}) is not that of the certificate in TLS_CERT_FILE (${paths.TLS_CERT_FILE}): name two that belong together`,
    );
  }
  if ((env.TLS_CERT_FILE || null) !== null && (env.TLS_KEY_FILE || null) === null) {
    problems.push('TLS_CERT_FILE needs its private key: set TLS_KEY_FILE');
  }
  if ((env.TLS_CERT_FILE || null) === null && (env.TLS_KEY_FILE || null) !== null) {
    problems.push('TLS_KEY_FILE needs its certificate: set TLS_CERT_FILE');
  }
  const trust = ca === null && cert === null && key === null ? null : { ca, cert, key };
  return { trust: problems.length > 0 ? null : trust, paths, problems };
}
