// The hosts whose pages are tested.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after } from 'node:test';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Where a build leaves mock-server, for who runs one file of tests by hand. */
const BUILT = fileURLToPath(new URL('../../target/debug/mock-server', import.meta.url));

const running = new Set();

after(() => Promise.all([...running].map((server) => server.stop())));

/** Starts a mock-server of its own, on a free port unless one is given. It ends with the file of tests at the latest. */
export async function mockServer({ port = 0, options = [] } = {}) {
  const { TESSERA_ADMIN_TOKEN, TESSERA_PEPPER, TESSERA_ROOT_KEY, ...environment } = process.env;
  const program = process.env.TESSERA_MOCK_SERVER ?? BUILT;
  const child = spawn(program, ['--listen', `127.0.0.1:${port}`, ...options], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  const server = {
    url: undefined,
    /** Kills it: what it had is gone. */
    async stop() {
      running.delete(server);
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
  running.add(server);
  const ended = once(child, 'exit').then(([code]) => { throw new Error(`${program} did not start (${code})`); });
  ended.catch(() => {});
  const lines = createInterface({ input: child.stdout });
  const [line] = await Promise.race([once(lines, 'line'), ended]);
  server.url = line.replace('listening on ', '');
  return server;
}

/** The Worker in workerd, which whoever runs the tests has started; absent where nobody has. */
export const edge = process.env.TESSERA_EDGE_URL && { url: process.env.TESSERA_EDGE_URL };
