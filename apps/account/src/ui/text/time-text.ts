const MINUTE_MS = 60_000;

/** The largest unit that has passed at least once is used; below a minute it is just now. */
const UNITS = [
  ['year', 365 * 24 * 60],
  ['month', 30 * 24 * 60],
  ['week', 7 * 24 * 60],
  ['day', 24 * 60],
  ['hour', 60],
  ['minute', 1],
] as const;

const ago = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const exact = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeStyle: 'short' });
const day = new Intl.DateTimeFormat('en', { dateStyle: 'long' });
const clock = new Intl.DateTimeFormat('en', {
  weekday: 'long',
  hour: 'numeric',
  minute: '2-digit',
});

/** Says how long ago a moment was. One that a wrong clock puts into the future is now. */
export function formatAgo(at: Date, now: Date): string {
  const minutes = (now.getTime() - at.getTime()) / MINUTE_MS;
  for (const [unit, length] of UNITS) {
    if (minutes >= length) return ago.format(-Math.floor(minutes / length), unit);
  }
  return 'just now';
}

/** A moment to the minute, by this device's clock and time zone. */
export function formatMoment(at: Date): string {
  return exact.format(at);
}

/** The day of a moment, for print. */
export function formatDay(at: Date): string {
  return day.format(at);
}

/** A moment within the coming days. */
export function formatSoon(at: Date): string {
  return clock.format(at);
}
