/** `fetch` in a browser, and what the test may see of it. */
export interface BrowserFetch {
  readonly fetch: typeof fetch;
  /** The paths of all requests, in order. */
  readonly sent: string[];
  /** The cookies that all tabs of a page share; its JavaScript never sees them. */
  readonly jar: Map<string, string>;
}

/** `fetch` as on a page of `origin` in a browser: with an Origin header and a cookie jar. */
export function createBrowserFetch(origin: string, jar = new Map<string, string>()): BrowserFetch {
  const sent: string[] = [];
  async function browserFetch(input: string | URL | Request, init?: RequestInit) {
    const headers = new Headers(init?.headers);
    headers.set('origin', origin);
    if (init?.credentials === 'include' && jar.size > 0) {
      headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
    }
    sent.push(new URL(String(input)).pathname);
    const response = await fetch(input, { ...init, headers });
    for (const cookie of response.headers.getSetCookie()) store(jar, cookie);
    return withoutHiddenHeaders(response);
  }
  return { fetch: browserFetch, sent, jar };
}

function store(jar: Map<string, string>, cookie: string): void {
  const [pair = '', ...attributes] = cookie.split(/; */);
  const equals = pair.indexOf('=');
  const name = pair.slice(0, equals);
  if (attributes.some((attribute) => /^max-age=0$/i.test(attribute))) jar.delete(name);
  else jar.set(name, pair.slice(equals + 1));
}

/** Scripts may not read Set-Cookie. */
function withoutHiddenHeaders(response: Response): Response {
  const headers = new Headers(response.headers);
  headers.delete('set-cookie');
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}
