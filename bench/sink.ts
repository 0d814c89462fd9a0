import { createServer } from 'node:net';

// A server that accepts every signal at once and does as little as it can for it: what is left of a run is the generator's work.
const body = '{"status":"accepted","id":1}';
const answer = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

const server = createServer({ noDelay: true }, (socket) => {
  let text = '';
  // A generator that ends breaks its connections.
  socket.on('error', () => {});
  socket.on('data', (data) => {
    text += data.toString('latin1');
    for (;;) {
      const headEnd = text.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, headEnd + 2))?.[1] ?? '0';
      const end = headEnd + 4 + Number(length);
      if (text.length < end) return;
      text = text.slice(end);
      socket.write(answer);
    }
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' && address !== null ? address.port : 0}\n`);
});
process.stdin.resume().on('end', () => process.exit(0));
