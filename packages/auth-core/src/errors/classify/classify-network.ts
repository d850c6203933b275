import { readProperty, readString } from '../safe-read.ts';
import type { Classification } from './classification.ts';

/**
 * Codes of Node, its resolver, undici and nodemailer for something that wasn't reached, or that the
 * machine ran out of. A wrong path or a missing file isn't one of them.
 */
const infrastructureCodes: ReadonlySet<string> = new Set([
  // the connection
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENETRESET',
  'EADDRNOTAVAIL',
  'ENOTCONN',
  'EPROTO',
  // the name
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EAI_NODATA',
  'EAI_NONAME',
  // the machine
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'ENOSPC',
  'EDQUOT',
  'EROFS',
  'EIO',
  // the mail server (nodemailer)
  'ECONNECTION',
  'ESOCKET',
  'EDNS',
  'ETLS',
  'EAUTH',
  // Node's streams and sockets
  'ERR_SOCKET_CLOSED',
  'ERR_SOCKET_CONNECTION_TIMEOUT',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_TLS_HANDSHAKE_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

/** What `fetch` says when there was no response: undici, Chrome, Safari and Firefox. */
const fetchFailures: ReadonlySet<string> = new Set([
  'fetch failed',
  'Failed to fetch',
  'Load failed',
  'NetworkError when attempting to fetch resource.',
]);

/** Recognises what the network or the machine did: refused, reset, timed out, aborted. */
export function classifyNetwork(error: unknown): Classification | undefined {
  const code = readString(error, 'code');
  if (code !== undefined && isInfrastructureCode(code, error)) {
    return { code: 'SERVICE_UNAVAILABLE', rawCode: code };
  }
  const name = readString(error, 'name');
  if (name === 'TimeoutError') return { code: 'SERVICE_UNAVAILABLE', rawCode: name };
  if (name === 'AbortError') return { code: 'SERVICE_UNAVAILABLE', rawCode: name, isAbort: true };

  const message = readString(error, 'message');
  if (message !== undefined && fetchFailures.has(message)) return { code: 'SERVICE_UNAVAILABLE' };
  return undefined;
}

function isInfrastructureCode(code: string, error: unknown): boolean {
  if (infrastructureCodes.has(code) || code.startsWith('UND_ERR_')) return true;
  // Any failed connect or lookup counts, such as ENOENT and EACCES of a Unix socket.
  const syscall = readProperty(error, 'syscall');
  return syscall === 'connect' || syscall === 'getaddrinfo';
}
