import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** What the listener does with a client: nothing, hang up, or speak enough of the protocol. */
export type FakePostgresManner =
  | 'silent'
  | 'hangs-up'
  | 'hangs-up-on-query'
  | 'never-answers'
  | 'drift'
  | 'rolls-back'
  | 'asks-for-another-login';

/**
 * A listener on loopback that behaves like a Postgres in trouble, so that the real drivers say what
 * they say then. `close` ends it and all its connections.
 */
export async function listenAsPostgres(
  manner: FakePostgresManner,
): Promise<{ port: number; close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    converse(socket, manner);
  });
  const port = await listenOnLoopback(server);
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { port, close };
}

/** Listens on a free loopback port and returns it. */
export async function listenOnLoopback(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port was given.');
  return address.port;
}

function converse(socket: Socket, manner: FakePostgresManner): void {
  if (manner === 'silent') return;
  if (manner === 'hangs-up') {
    socket.end();
    return;
  }
  socket.once('data', () => {
    if (manner === 'asks-for-another-login') {
      socket.write(message('R', Buffer.concat([int32(10), text('GSSAPI'), text('')])));
      return;
    }
    socket.write(Buffer.concat([message('R', int32(0)), readyForQuery]));
    socket.on('data', () => {
      if (manner === 'hangs-up-on-query') socket.destroy();
      if (manner === 'drift') socket.write(Buffer.concat([columnIsMissing(), readyForQuery]));
      if (manner === 'rolls-back') {
        socket.write(Buffer.concat([message('C', text('ROLLBACK')), readyForQuery]));
      }
    });
  });
}

/** Message formats: PostgreSQL manual, section "Message Formats". */
function message(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function columnIsMissing(): Buffer {
  const fields = ['SERROR', 'C42703', 'Mcolumn "onboarding_completed_at" does not exist', ''];
  return message('E', Buffer.concat(fields.map(text)));
}

const readyForQuery = message('Z', Buffer.from('I'));

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}
