import { get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { connect } from 'node:tls';
import { failureCodes, type Obstacle, obstacleOf, unreadBy } from '../../contract/journal/request-failures.ts';
import { pinnedAgent, type TlsTrust } from '../../monitor/probes/pinned-agent.ts';

/** What came of asking a server for anything at all. */
export interface FirstAnswer {
  readonly isAnswered: boolean;
  /** Only if it is certain. */
  readonly obstacle: Obstacle | null;
  /** What the answer says of the settings. */
  readonly remark: string | null;
}

const answerTimeoutMs = 5_000;
/** A server that refuses a request says so in the first lines. */
const maxBodyLength = 4_096;

const noAnswer = (obstacle: Obstacle | null): FirstAnswer => ({ isAnswered: false, obstacle, remark: null });

/** Asks for the base URL once. Any answer will do, but one from a port that speaks something else. */
export async function firstAnswer(baseUrl: URL, address: string, trust: TlsTrust | null): Promise<FirstAnswer> {
  const isTls = baseUrl.protocol === 'https:';
  const asked = await ask(baseUrl, address, trust);
  if ('status' in asked) {
    const unread = unreadBy(asked.status, asked.body, isTls);
    return unread === 0
      ? { isAnswered: true, obstacle: null, remark: remarkOn(baseUrl, asked) }
      : noAnswer(obstacleOf(unread));
  }
  const code = codeOf(asked.error);
  if (code !== null) return noAnswer(obstacleOf(code));
  const { code: name } = fieldsOf(asked.error);
  const isRefused = name === 'ECONNREFUSED' || name === 'EHOSTUNREACH' || asked.error === null;
  if (isRefused) return noAnswer(null);
  if (isTls) return noAnswer(brokenTls(name));
  return noAnswer((await speaksTls(baseUrl, address)) ? obstacleOf(failureCodes.tlsServer) : null);
}

/** A handshake that fails for one of several reasons. */
const brokenTls = (name: string): Obstacle => ({
  cause: `the TLS connection breaks off (${name})`,
  remedy: 'does it speak TLS 1.2 or later, and does it demand a client certificate (TLS_CERT_FILE and TLS_KEY_FILE)?',
});

interface Answered {
  readonly status: number;
  readonly location: string | null;
  readonly body: string;
}

/** The error is null after a time-out. */
function ask(
  baseUrl: URL,
  address: string,
  trust: TlsTrust | null,
): Promise<Answered | { readonly error: Error | null }> {
  const agent = pinnedAgent(baseUrl, address, trust);
  const get = baseUrl.protocol === 'https:' ? httpsGet : httpGet;
  return new Promise((resolve) => {
    const request = get(baseUrl, { agent, timeout: answerTimeoutMs }, (answer: IncomingMessage) => {
      let body = '';
      const done = (): void => {
        answer.destroy();
        resolve({ status: answer.statusCode ?? 0, location: answer.headers.location ?? null, body });
      };
      answer.on('data', (chunk: Buffer) => {
        body += chunk.toString('latin1');
        if (body.length > maxBodyLength) done();
      });
      for (const event of ['end', 'error', 'close']) answer.once(event, done);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', (error) => resolve({ error }));
    request.once('close', () => resolve({ error: null }));
  });
}

function remarkOn(baseUrl: URL, { status, location }: Answered): string | null {
  if (status === 421) {
    return `${baseUrl.origin} answers 421 Misdirected Request: it does not serve the host ${baseUrl.hostname} on this port; is it the name in its certificate?`;
  }
  if (status < 300 || status > 399 || location === null || !URL.canParse(location, baseUrl.href)) return null;
  const to = new URL(location, baseUrl);
  if (to.origin === baseUrl.origin) return null;
  return `${baseUrl.origin} answers ${status} to ${to.origin}, and redirects are not followed: if signals belong there, set BASE_URL to it`;
}

const byNodeCode: Readonly<Record<string, number>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: failureCodes.unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: failureCodes.unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: failureCodes.unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: failureCodes.unknownAuthority,
  DEPTH_ZERO_SELF_SIGNED_CERT: failureCodes.unknownAuthority,
  CERT_SIGNATURE_FAILURE: failureCodes.unknownAuthority,
  CERT_HAS_EXPIRED: failureCodes.certificateExpired,
  CERT_NOT_YET_VALID: failureCodes.certificateExpired,
  ERR_TLS_CERT_ALTNAME_INVALID: failureCodes.wrongHostname,
  INVALID_PURPOSE: failureCodes.certificateInvalid,
  CERT_UNTRUSTED: failureCodes.certificateInvalid,
  CERT_REJECTED: failureCodes.certificateInvalid,
  ERR_SSL_WRONG_VERSION_NUMBER: failureCodes.plainServer,
  ERR_SSL_HTTP_REQUEST: failureCodes.plainServer,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: failureCodes.clientCertificate,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: failureCodes.clientCertificate,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: failureCodes.clientCertificate,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: failureCodes.clientCertificate,
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: failureCodes.http2Only,
  EMFILE: failureCodes.noFileDescriptor,
  ENFILE: failureCodes.noFileDescriptor,
  EADDRNOTAVAIL: failureCodes.noPort,
  ENETUNREACH: failureCodes.noRoute,
  EACCES: failureCodes.notPermitted,
  EPERM: failureCodes.notPermitted,
};

/** Within a handshake Node has one code for all that OpenSSL tells by its words. */
const byOpenSslWords: readonly (readonly [RegExp, number])[] = [
  [/wrong version number|http request/, failureCodes.plainServer],
  [/alert certificate (?:required|unknown)|alert bad certificate|alert unknown ca/, failureCodes.clientCertificate],
  [/alert no application protocol/, failureCodes.http2Only],
];

function fieldsOf(error: Error | null): { readonly code: string; readonly rawPacket: Buffer | null } {
  const code: unknown = error === null ? null : Reflect.get(error, 'code');
  const rawPacket: unknown = error === null ? null : Reflect.get(error, 'rawPacket');
  return { code: String(code), rawPacket: Buffer.isBuffer(rawPacket) ? rawPacket : null };
}

/** What an error of Node's says for certain; null if nothing. */
export function codeOf(error: Error | null): number | null {
  const { code, rawPacket } = fieldsOf(error);
  const words = code === 'EPROTO' ? (error?.message ?? '') : '';
  const known = byNodeCode[code] ?? byOpenSslWords.find(([pattern]) => pattern.test(words))?.[1];
  if (known !== undefined) return known;
  if (rawPacket === null) return null;
  if (rawPacket[0] === 0x15 && rawPacket[1] === 3) return failureCodes.tlsServer;
  // The head of a SETTINGS or GOAWAY frame of HTTP/2. Source: RFC 9113, 4.1.
  const isFrame = rawPacket.length >= 9 && rawPacket[0] === 0 && (rawPacket[3] === 4 || rawPacket[3] === 7);
  return isFrame && rawPacket.readUInt32BE(5) === 0 ? failureCodes.http2Only : null;
}

/** Whether a TLS handshake gets as far as a certificate there. */
function speaksTls({ hostname, port }: URL, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({
      host: address,
      port: Number(port || 80),
      servername: /[a-z]/i.test(hostname) && !hostname.startsWith('[') ? hostname : '',
      // Nothing is sent on it: all that is asked is which protocol it speaks.
      rejectUnauthorized: false,
      timeout: answerTimeoutMs,
    });
    const done = (isTls: boolean): void => {
      socket.destroy();
      resolve(isTls);
    };
    socket.once('secureConnect', () => done(true));
    socket.once('timeout', () => done(false));
    socket.once('error', () => done(false));
    socket.once('close', () => done(false));
  });
}
