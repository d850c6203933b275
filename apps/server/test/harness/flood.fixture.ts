/** A process that floods a server, forked by `startFlooder`: its work is not on the server's thread. */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Answered, FloodOrder } from './flooder.ts';

const agent = new Agent({ keepAlive: true });

process.once('disconnect', () => process.exit());
process.on('message', (order: FloodOrder) => {
  flood(order).then(
    (answers) => process.send?.(answers),
    () => process.exit(1),
  );
});

/** Begins a call whenever its time has come, whether those before have their answers or not. */
async function flood({ url, bodies, perSecond, milliseconds }: FloodOrder): Promise<Answered[]> {
  const start = performance.now();
  const answers: Promise<Answered>[] = [];
  for (let elapsed = 0; elapsed < milliseconds; elapsed = performance.now() - start) {
    while (answers.length <= (elapsed * perSecond) / 1000) {
      answers.push(call(url, bodies[answers.length % bodies.length] ?? ''));
    }
    await delay(1);
  }
  return Promise.all(answers);
}

async function call(url: string, body: string): Promise<Answered> {
  const start = performance.now();
  const headers = { 'content-type': 'application/json' };
  const sent = request(url, { method: 'POST', headers, agent }).end(body);
  try {
    const [answer] = await once(sent, 'response');
    const written = await text(answer);
    return {
      status: answer.statusCode,
      retryAfter: answer.headers['retry-after'] ?? null,
      cookies: answer.headers['set-cookie'] ?? [],
      text: written,
      ms: performance.now() - start,
    };
  } catch (error) {
    const ms = performance.now() - start;
    return { status: 0, retryAfter: null, cookies: [], text: String(error), ms };
  }
}
