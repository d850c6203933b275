import { randomBytes } from 'node:crypto';
import type { Fault } from './http-service.ts';

const json = (status: number, body: unknown): Fault => {
  return (response) => response.writeHead(status).end(JSON.stringify(body));
};

const NOTHING = { method: '', path: '', headers: {}, body: '' };

/** Everything that stands between a key service and us, by what it is called. None of it is damage. */
export const faults: Readonly<Record<string, Fault>> = {
  'an error of its own': json(500, { errors: ['internal error'], __type: 'KMSInternalException' }),
  'a refused caller': json(403, { errors: ['permission denied'] }),
  'a refused caller, as AWS puts it': json(400, { __type: 'AccessDeniedException' }),
  'no such place': json(404, { errors: [] }),
  'too many calls': json(429, { errors: ['quota exceeded'], __type: 'ThrottlingException' }),
  'a seal': json(503, { errors: ['Vault is sealed'] }),
  'a missing key, as Transit puts it': json(400, { errors: ['encryption key not found'] }),
  'a missing key, as AWS puts it': json(400, { __type: 'NotFoundException' }),
  'a version that is no longer opened': json(400, {
    errors: ['ciphertext or signature version is disallowed by policy (too old)'],
  }),
  'another status': json(400, { errors: ['something that nobody has seen yet'] }),
  'a plain 400 of a proxy': (response) => response.writeHead(400).end('Bad Request'),
  'a page of a proxy': (response) => response.writeHead(200).end('<html>Sign in</html>'),
  'nothing in a 200': (response) => response.writeHead(200).end(),
  'null in a 200': json(200, null),
  'no key in a 200': json(200, { data: {}, Unexpected: true }),
  'a key that is none': json(200, {
    data: { plaintext: 'AAAA', ciphertext: 'vault:v1:' },
    Plaintext: 'AAAA',
    CiphertextBlob: '',
  }),
  'a key of another type': json(200, {
    data: { plaintext: 7, ciphertext: {} },
    Plaintext: [],
    CiphertextBlob: 7,
  }),
  'a key in other base64': json(200, {
    data: { plaintext: `${'A'.repeat(43)}`, ciphertext: 'vault:v1:A===' },
    Plaintext: `${'A'.repeat(43)}`,
    CiphertextBlob: 'A=',
  }),
  'what it was sent': (response, { headers, body }) => {
    const said = `${JSON.stringify(headers)} ${Object.values(JSON.parse(body)).join(' ')}`;
    response.writeHead(400).end(JSON.stringify({ errors: [said], __type: said }));
  },
  'what it was sent, and no JSON': (response, { headers, body }) =>
    response.writeHead(200).end(`${JSON.stringify(headers)}${body}`),
  'no HTTP': (response, { headers, body }) =>
    response.socket?.end(`${JSON.stringify(headers)}${body}\r\n\r\n`),
  'a cut answer': (response) => {
    response.writeHead(200, { 'content-length': 1000 }).write('{"data":');
    setImmediate(() => response.destroy());
  },
  'a reset': (response) => response.socket?.resetAndDestroy(),
  'a huge answer': (response) => {
    response.writeHead(200);
    const more = () => {
      while (!response.destroyed && response.write(randomBytes(1 << 16)));
    };
    response.on('drain', more);
    more();
  },
  'an answer that never ends': (response) => {
    response.writeHead(200).write('{');
  },
  'no answer': () => undefined,
  'another place, which would answer': (response, { path }) => {
    if (!path.endsWith('?again')) {
      response.writeHead(307, { location: `${path}?again`, 'content-length': 0 }).end();
      return;
    }
    const key = Buffer.alloc(32).toString('base64');
    const data = { plaintext: key, ciphertext: 'vault:v1:AAAA' };
    json(200, { data, Plaintext: key, CiphertextBlob: 'AAAA' })(response, NOTHING);
  },
};
