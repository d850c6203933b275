import type { OutboxMail } from '../mail/outbox.ts';

/** The outbox as a page, newest mail first, with links that can be clicked. */
export function renderOutboxPage(mails: readonly OutboxMail[]): string {
  const items = mails.toReversed().map(renderMail).join('\n');
  return renderPage(
    'Outbox',
    `<main>
<h1>Outbox</h1>
<p class="soft">Mail that would have been sent. It is kept in memory until the server stops. Reload this page to see new mail.</p>
${items || '<p class="notice success">No mail yet. Sign up, and your first mail appears here.</p>'}
</main>`,
  );
}

function renderPage(title: string, main: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<link rel="stylesheet" href="/pages.css">
${main}
</html>
`;
}

function renderMail({ to, subject, text, links }: OutboxMail): string {
  const body = links.reduce(
    (html, link) =>
      html.replace(escapeHtml(link), () => `<a href="${escapeHtml(link)}">${escapeHtml(link)}</a>`),
    escapeHtml(text),
  );
  return `<article class="card">
<h2>${escapeHtml(subject)}</h2>
<p class="soft">To ${escapeHtml(to)}</p>
<pre>${body}</pre>
</article>`;
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
