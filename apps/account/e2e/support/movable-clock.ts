/**
 * Loaded into a server before everything else: its clock then moves by as many minutes as its parent says.
 * Dates that already exist stay the same.
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
