import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { createServer } from 'node:net';

/** Below the ports that systems give to connections and to whoever listens on port 0, so that nobody is given this one next. */
const lowest = 20_000;
const above = 30_000;
const attempts = 20;

/**
 * Where a process begins: what it was given and does not listen on yet is not given to another one. Containers that share a network have
 * the same pids, each in a namespace of its own.
 */
export const firstPort = (pid: number, pidNamespace: number): number =>
  lowest + ((pid * 97 + pidNamespace * 7919) % (above - lowest));

/** Its number, as the kernel has it; 0 on other systems. */
function pidNamespace(): number {
  try {
    return Number(/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? 0);
  } catch {
    return 0;
  }
}

/** The next one to try. */
let next = firstPort(process.pid, pidNamespace());

/** A port that nobody listened on a moment ago. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const port = next;
    next = port + 1 === above ? lowest : port + 1;
    const server = createServer();
    try {
      server.listen(port, host);
      await once(server, 'listening');
      return port;
    } catch (error) {
      if (attempt === attempts) throw error;
    } finally {
      if (server.listening) {
        server.close();
        await once(server, 'close');
      }
    }
  }
}
