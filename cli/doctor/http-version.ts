import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { failureCodes, obstacleOf } from '../../contract/journal/request-failures.ts';
import { type TlsTrust, tlsOptions } from '../../monitor/probes/pinned-agent.ts';
import { type Check, ok, problem, unknown } from './check.ts';

interface Place {
  /** Normalized. */
  readonly baseUrl: string;
  readonly address: string;
  readonly trust: TlsTrust | null;
}

const answerTimeoutMs = 2_000;
/** A connection may break for other reasons. */
const tries = 2;

/** Whether a server speaks HTTP/2, if signals are to be sent by it. It is asked as the generator asks, and gets no request. */
export async function httpVersionChecks(version: '1.1' | '2', place: Place): Promise<readonly Check[]> {
  if (version === '1.1') return [];
  for (let n = 1; n <= tries; n++) {
    const speaks = await speaksHttp2(place);
    if (speaks === true) return [ok('HTTP version', 'the server speaks HTTP/2')];
    if (speaks === null) return [unknown('HTTP version', `no word of HTTP/2 within ${answerTimeoutMs / 1000} s`)];
  }
  const { cause, remedy } = obstacleOf(failureCodes.noHttp2);
  return [problem('HTTP version', cause, remedy)];
}

/** Null: nothing came in time. */
function speaksHttp2({ baseUrl, address, trust }: Place): Promise<boolean | null> {
  const url = new URL(baseUrl);
  const isTls = url.protocol === 'https:';
  const port = Number(url.port || (isTls ? 443 : 80));
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = isTls
      ? connectTls({
          ...tlsOptions(trust),
          ...{ host: address, port, ALPNProtocols: ['h2'] },
          // An address is no name that a server could be asked for.
          servername: /[a-z]/i.test(host) && !host.includes(':') ? host : '',
        })
      : connect(port, address);
    const session = connectHttp2(url.origin, { createConnection: () => socket });
    const timer = setTimeout(() => done(null), answerTimeoutMs);
    function done(speaks: boolean | null): void {
      clearTimeout(timer);
      resolve(speaks);
      session.destroy();
      socket.destroy();
    }
    session.once('remoteSettings', () => done(!isTls || session.alpnProtocol === 'h2'));
    session.on('error', () => done(false));
    session.once('close', () => done(false));
    socket.on('error', () => done(false));
  });
}
