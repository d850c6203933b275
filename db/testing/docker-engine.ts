import { connect } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';

const PATIENCE_MS = 500;

/**
 * The address of a Docker engine that accepts a connection, or null. Looks where Testcontainers looks:
 * DOCKER_HOST alone where it is set, else the sockets of a system-wide, a rootless and a desktop engine.
 * Takes half a second at most for each, and never throws.
 */
export async function findDockerEngine(
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | null> {
  for (const address of listAddresses(env)) {
    if (await accepts(address)) return address;
  }
  return null;
}

function listAddresses(env: Readonly<Record<string, string | undefined>>): string[] {
  const { DOCKER_HOST, XDG_RUNTIME_DIR } = env;
  if (DOCKER_HOST) return [DOCKER_HOST];
  const sockets = ['/var/run/docker.sock', join(homedir(), '.docker/run/docker.sock')];
  if (XDG_RUNTIME_DIR) sockets.push(join(XDG_RUNTIME_DIR, 'docker.sock'));
  return sockets.map((path) => `unix://${path}`);
}

function accepts(address: string): Promise<boolean> {
  if (!URL.canParse(address)) return Promise.resolve(false);
  const { protocol, pathname, hostname, port } = new URL(address);
  const target =
    protocol === 'unix:' ? { path: pathname } : { host: hostname, port: Number(port || 2375) };
  return new Promise((resolve) => {
    const socket = connect(target);
    const answer = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.setTimeout(PATIENCE_MS, () => answer(false));
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}
