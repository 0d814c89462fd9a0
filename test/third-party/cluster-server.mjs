// node:cluster with two workers, as its documentation shows it. Paths: /exit/N ends the worker by that code, /disconnect ends it gracefully.
import cluster from 'node:cluster';
import { createServer } from 'node:http';
import process from 'node:process';

const port = Number(process.argv[2]);

if (cluster.isPrimary) {
  for (let n = 0; n < 2; n += 1) cluster.fork();
  cluster.on('exit', (worker, code, signal) => {
    console.log(`worker ${worker.process.pid} died (${signal ? `signal ${signal}` : `exit code ${code}`})`);
    cluster.fork();
  });
} else {
  createServer((request, response) => {
    const [, name, value] = request.url.split('/');
    if (name === 'exit') process.exit(Number(value));
    response.end(String(process.pid));
    if (name === 'disconnect') response.once('close', () => process.exit(0));
  }).listen(port, '127.0.0.1');
}
