/** A page for the one moment at which the account pages can't help: a link from a mail, during an outage. */
export function renderOutagePage(): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>This one is on us</title>
<link rel="stylesheet" href="/pages.css">
<main class="notice calm" role="status">
<h1>This one is on us</h1>
<p>A part of our service isn't answering. Your link is fine and stays usable. Open it again in a moment.</p>
</main>
</html>
`;
}
