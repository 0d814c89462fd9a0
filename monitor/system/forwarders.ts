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
  ],
  ...['socat', 'ncat', 'rinetd', 'ssh', 'sshd', 'cloudflared', 'ngrok', 'frpc', 'frps', 'tailscaled'],
  ...['systemd', 'xinetd', 'inetd'],
]);

/** Whether its program is one of these. */
export const runsForwarder = (pid: number): boolean => names.has(readStat(pid)?.name ?? '');

/** Pid 1 of a machine holds the sockets that it activates services with; in a container it may be given by --pid. */
export function isForwarder(pid: number): boolean {
  return pid === 1 || runsForwarder(pid);
}
