import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayBeConnected, unixPeersIn } from '../../monitor/system/unix-peers.ts';

/** A web server holds 11, 13, 15 and 17. */
const text = `Netid State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process
u_str LISTEN 0      511          /run/hooks.sock 10              * 0
u_str ESTAB  0      0                          * 11              * 12
u_str ESTAB  0      0            /run/hooks.sock 12              * 11
u_str ESTAB  0      0                          * 13              * 14
u_str ESTAB  0      0                          * 14              * 13
u_str ESTAB  0      0                          * 15              * 0
u_dgr ESTAB  0      0                          * 17              * 18
u_dgr UNCONN 0      0     /run/systemd/dev log.s 18              * 0
u_str ESTAB  0      0                          * 21              * 22
u_str ESTAB  0      0      /tmp/tsx-0/4242.pipe 22              * 21
`;
const peers = unixPeersIn(text);
const paths = ['/run/hooks.sock', '/tmp/tsx-0/4242.pipe'];
const at = (...inodes: readonly string[]): readonly string[] => mayBeConnected(paths, new Set(inodes), peers);

test('the other end of a Unix connection is known by its path, or by having none', () => {
  assert.deepEqual(
    ['11', '12', '13', '15', '17', '22'].map((inode) => peers.get(inode)),
    ['/run/hooks.sock', '', '', undefined, '/run/systemd/dev log.s', ''],
  );
});

test('a path counts for who is connected to it, and not for others', () => {
  assert.deepEqual(at('11', '13', '17'), ['/run/hooks.sock']);
  assert.deepEqual(at('13', '17'), [], 'a pair of its own, and the log of the system');
  assert.deepEqual(at('21'), ['/tmp/tsx-0/4242.pipe']);
  assert.deepEqual(at(), []);
});

test('of an end whose other one is not known, every path may be meant', () => {
  assert.deepEqual(at('13', '15'), paths, 'nobody has accepted it yet');
  assert.deepEqual(at('99'), paths, 'it began or ended meanwhile');
  assert.deepEqual(mayBeConnected(paths, new Set(['13']), unixPeersIn('')), paths, 'ss is missing');
});
