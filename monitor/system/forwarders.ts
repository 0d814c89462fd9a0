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

/** Whether it started the machine, and holds the sockets that it activates services with. In a container pid 1 is what runs there. */
export const isInit = (pid: number): boolean => pid === 1 && ['systemd', 'init'].includes(readStat(pid)?.name ?? '');

export const isForwarder = (pid: number): boolean => isInit(pid) || runsForwarder(pid);
