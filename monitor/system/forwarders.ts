import { readStat } from './proc-file.ts';

/** Programs that take connections for a server behind them. None of them is the application. */
const names = new Set([
  ...['docker-proxy', 'rootlessport', 'rootlesskit', 'slirp4netns', 'pasta', 'pasta.avx2', 'gvproxy', 'kubectl'],
  ...[
    'nginx',
    'haproxy',
    'envoy',
    'traefik',
    'caddy',
    'varnishd',
    'pound',
    'hitch',
    'stunnel',
    'stunnel4',
    'ghostunnel',
    'angie',
    'squid',
    'nghttpx',
    'oauth2-proxy',
    'pomerium',
    'krakend',
  ],
  ...['socat', 'ncat', 'rinetd', 'ssh', 'sshd', 'cloudflared', 'ngrok', 'frpc', 'frps', 'tailscaled'],
  ...['systemd', 'xinetd', 'inetd'],
]);

/** Whether its program is one of these. */
export const runsForwarder = (pid: number): boolean => names.has(readStat(pid)?.name ?? '');

/** They pass requests on, or run applications themselves. */
const webServers = new Set(['apache2', 'httpd', 'lighttpd', 'h2o', 'litespeed', 'lshttpd', 'openlitespeed']);

/** Whether its program is one of these: its name alone does not say whether it is the application. */
export const isWebServer = (pid: number): boolean => webServers.has(readStat(pid)?.name ?? '');

/** Pid 1 of a machine holds the sockets that it activates services with; in a container it may be given by --pid. */
export function isForwarder(pid: number): boolean {
  return pid === 1 || runsForwarder(pid);
}
