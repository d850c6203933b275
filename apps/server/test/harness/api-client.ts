import superjson from 'superjson';

/** What a call answered, as seen by a program that knows only HTTP. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined for an error. */
  readonly data: unknown;
  /** The code of `error.data.auth`, undefined for a success. */
  readonly code: string | undefined;
  readonly error: ErrorBody | undefined;
  readonly text: string;
}

/** What a failed call says, with what our errors add. */
export interface ErrorBody {
  readonly message: string;
  readonly data: {
    readonly auth: { code: string; message: string; retryable: boolean; requestId: string };
    readonly field?: string;
    readonly twoFactor?: { methods: string[]; challenge?: string };
    readonly stack?: string;
  };
}

interface CallOptions {
  readonly headers?: Record<string, string>;
  readonly method?: 'GET' | 'POST';
  /** Sent as it is, in place of the input. */
  readonly rawBody?: string | Uint8Array<ArrayBuffer>;
}

/** Calls procedures over HTTP and keeps cookies, like a browser without pages. */
export class ApiClient {
  readonly origin: string;
  readonly cookies = new Map<string, string>();

  constructor(origin: string) {
    this.origin = origin;
  }

  async call(path: string, input?: unknown, options: CallOptions = {}): Promise<Answer> {
    const body = options.rawBody ?? JSON.stringify(superjson.serialize(input));
    const isGet = options.method === 'GET';
    const url = new URL(`/trpc/${path}`, this.origin);
    if (isGet) url.searchParams.set('input', String(body));
    const response = await fetch(url, {
      method: options.method ?? 'POST',
      headers: { 'content-type': 'application/json', ...this.#cookieHeader(), ...options.headers },
      ...(!isGet && { body }),
    });
    this.keepCookies(response.headers);
    return parseAnswer(response.status, response.headers, await response.text());
  }

  /** Throws with the whole answer if the call failed. */
  async expectSuccess(path: string, input?: unknown): Promise<unknown> {
    const answer = await this.call(path, input);
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
    return answer.data;
  }

  #cookieHeader(): Record<string, string> {
    if (this.cookies.size === 0) return {};
    return { cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
  }

  /** Stores the cookies that an answer sets. */
  keepCookies(headers: Headers): void {
    for (const cookie of headers.getSetCookie()) {
      const [pair = '', ...attributes] = cookie.split(';');
      const [name = '', ...value] = pair.split('=');
      const isGone = attributes.some((attribute) => /^\s*max-age=0$/i.test(attribute));
      if (isGone) this.cookies.delete(name);
      else this.cookies.set(name, value.join('='));
    }
  }
}

function parseAnswer(status: number, headers: Headers, text: string): Answer {
  const body = JSON.parse(text);
  const error: ErrorBody | undefined = body.error?.json;
  return {
    status,
    headers,
    text,
    error,
    code: error?.data.auth.code,
    data: body.result ? superjson.deserialize(body.result.data) : undefined,
  };
}
