import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a service is asked. */
export interface ServiceRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** What it answers. */
export interface ServiceAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** What stands in for an answer: it may write what it likes, or nothing at all. */
export type Fault = (response: ServerResponse, request: ServiceRequest) => void;

/** A service that listens. */
export interface HttpService {
  readonly origin: string;
  /** Everything that was asked, newest last. */
  readonly requests: ServiceRequest[];
  /** As without a fault, for one that only holds it back. */
  readonly answer: Fault;
  /** From now on, or once so many calls were answered; null answers again. */
  setFault(fault: Fault | null, afterAnswers?: number): void;
  /** Cuts every connection, and refuses new ones until `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** A real HTTP server on loopback that answers JSON, or faults in its place. */
export async function startHttpService(
  answer: (request: ServiceRequest) => ServiceAnswer,
): Promise<HttpService> {
  const requests: ServiceRequest[] = [];
  let fault: Fault | null = null;
  let answersLeft = 0;
  let port = 0;
  const server = createServer((incoming, response) => void serve(incoming, response));

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming);
    requests.push(request);
    if (fault && answersLeft === 0) {
      fault(response, request);
      return;
    }
    answersLeft = Math.max(0, answersLeft - 1);
    answerTo(response, request);
  }

  function answerTo(response: ServerResponse, request: ServiceRequest): void {
    const { status, body } = answer(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  async function start(): Promise<void> {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  }

  await start();
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    answer: answerTo,
    setFault(next, afterAnswers = 0) {
      fault = next;
      answersLeft = afterAnswers;
    },
    async stop() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
    start,
  };
}

async function readRequest(incoming: IncomingMessage): Promise<ServiceRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return {
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    headers: incoming.headers as Record<string, string | undefined>,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}
