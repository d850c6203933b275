/**
 * Loaded into a server before everything else: its clock then goes on by as many minutes as its parent
 * says. Time that was made before stays what it was.
 */
let aheadMs = 0;
const readClock = Date.now;
Date.now = () => readClock() + aheadMs;
globalThis.Date = new Proxy(Date, {
  construct: (target, parts: [number]) =>
    parts.length > 0 ? Reflect.construct(target, parts) : new target(Date.now()),
});

process.on('message', (message: { readonly minutes: number }) => {
  aheadMs += message.minutes * 60_000;
  process.send?.('moved');
});
process.channel?.unref();
