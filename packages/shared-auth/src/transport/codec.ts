/** A value as superjson writes it: JSON, and the places where JSON couldn't say what was meant. */
export interface Encoded {
  readonly json: unknown;
  readonly meta?: { readonly values: Annotations; readonly v: 1 };
}

type Annotation = readonly [type: string | readonly ['typed-array', 'Uint8Array']];
/** The root's own, or those of the places below it by their paths. */
type Annotations = Annotation | Readonly<Record<string, Annotation>>;

const FORBIDDEN_KEYS = ['__proto__', 'constructor', 'prototype'];

/** How each annotated type is read from its JSON, by the name of the type. */
const decoders: Readonly<Record<string, (json: never) => unknown>> = {
  undefined: () => undefined,
  bigint: (json: string) => BigInt(json),
  Date: (json: string) => new Date(json),
  number: Number,
  'typed-array,Uint8Array': (json: readonly number[]) => Uint8Array.from(json),
};

/**
 * Encodes a value as superjson 2 does: the same JSON, the same annotations. It doesn't note where one object
 * stands in two places. Throws TypeError for what it doesn't carry.
 */
export function encode(value: unknown): Encoded {
  const values: Record<string, Annotation> = {};
  let root: Annotation | undefined;
  const json = encodeAt(value, undefined, (path, annotation) => {
    if (path === undefined) root = annotation;
    else values[path] = annotation;
  });
  const annotations = root ?? values;
  return Object.keys(annotations).length > 0
    ? { json, meta: { values: annotations, v: 1 } }
    : { json };
}

function encodeAt(
  value: unknown,
  path: string | undefined,
  annotate: (path: string | undefined, annotation: Annotation) => void,
): unknown {
  const leaf = encodeLeaf(value);
  if (leaf) {
    annotate(path, [leaf.type]);
    return leaf.json;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return null; // an invalid one, as in JSON
  if (!Array.isArray(value) && !isPlainObject(value)) {
    throw new TypeError('Only JSON, dates, bytes and big integers can be sent.');
  }
  const json: Record<string, unknown> | unknown[] = Array.isArray(value) ? [] : {};
  for (const [key, item] of Object.entries(value)) {
    if (FORBIDDEN_KEYS.includes(key)) throw new TypeError(`"${key}" can't be sent as a key.`);
    const name = key.replaceAll('\\', '\\\\').replaceAll('.', '\\.');
    (json as Record<string, unknown>)[key] = encodeAt(
      item,
      path === undefined ? name : `${path}.${name}`,
      annotate,
    );
  }
  return json;
}

function encodeLeaf(value: unknown): { type: Annotation[0]; json: unknown } | undefined {
  if (value === undefined) return { type: 'undefined', json: null };
  if (typeof value === 'bigint') return { type: 'bigint', json: String(value) };
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) {
    return { type: 'number', json: value === 0 ? '-0' : String(value) };
  }
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? undefined : { type: 'Date', json: value.toISOString() };
  }
  if (value instanceof Uint8Array) {
    return { type: ['typed-array', 'Uint8Array'], json: [...value] };
  }
  return undefined;
}

function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Decodes what superjson 2 wrote, in place. Undefined where it takes superjson itself: for a type that the
 * codec doesn't carry. Throws TypeError for annotations that don't fit the JSON.
 */
export function decode({ json, meta }: Encoded): { readonly value: unknown } | undefined {
  const root = { json };
  const values: object = meta?.values ?? {};
  const annotations = Array.isArray(values) ? { '': values } : values;
  for (const [path, annotation] of Object.entries(annotations)) {
    const decoder = Array.isArray(annotation) ? decoders[String(annotation[0])] : undefined;
    if (meta?.v !== 1 || annotation.length !== 1 || !decoder) return undefined;
    const keys = annotations === values ? ['json', ...parsePath(path)] : ['json'];
    const last = keys.pop() ?? '';
    const parent = keys.reduce(readOwn, root as Record<string, unknown>);
    parent[last] = decoder(readOwn(parent, last) as never);
  }
  return { value: root.json };
}

function parsePath(path: string): string[] {
  const keys: string[] = [];
  let key = '';
  for (const [part, escaped] of path.matchAll(/\\(.)|[^\\.]+|\./g)) {
    if (part === '.') {
      keys.push(key);
      key = '';
    } else key += escaped ?? part;
  }
  return [...keys, key];
}

function readOwn(parent: Record<string, unknown>, key: string): Record<string, unknown> {
  if (FORBIDDEN_KEYS.includes(key) || !Object.hasOwn(Object(parent), key)) {
    throw new TypeError('The annotations of a response don’t fit it.');
  }
  return parent[key] as Record<string, unknown>;
}
