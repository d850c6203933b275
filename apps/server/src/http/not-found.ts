import type { FastifyReply } from 'fastify';

/** For answers that no browser shows: nothing in them may be run, framed or taken for another type. */
export const API_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
};

/** Answers 404 in plain text, for programs. */
export function answerNotFound(reply: FastifyReply): FastifyReply {
  return reply.status(404).headers(API_HEADERS).type('text/plain').send('Not found.\n');
}
