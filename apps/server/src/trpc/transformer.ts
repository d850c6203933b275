import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { SuperJSONResult } from 'superjson';
import superjson from 'superjson';

/** What an input may carry beyond JSON. Everything else that superjson can revive is refused. */
const ALLOWED_TYPES = new Set(['undefined', 'Date']);
/** Keys that superjson refuses to send, for what they may do to a reader's prototypes. */
const REFUSED_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
/** Deeper values, and so every cycle, are left to superjson. */
const MAX_PLAIN_DEPTH = 4;
const MAX_ANNOTATIONS = 100;
const MAX_PATH_LENGTH = 200;
const FORBIDDEN_KEYS = /(^|\.)(__proto__|constructor|prototype)(\.|$)/;

/**
 * superjson both ways, with the annotations of an input checked before they are followed: some sixty
 * bytes of them can overflow the stack, name a class, or reach a prototype. Throws VALIDATION.
 */
export const transformer = {
  input: {
    serialize: superjson.serialize,
    deserialize: (value: unknown): unknown => superjson.deserialize(parseSuperjson(value)),
  },
  output: {
    // Most outputs are plain JSON; superjson's walk through them costs more than the rest of a call.
    serialize: (value: unknown) =>
      isPlainJson(value) ? { json: value } : superjson.serialize(value),
    deserialize: superjson.deserialize,
  },
};

/** Whether JSON can express all of a value, so that superjson would have no annotation to add. */
function isPlainJson(value: unknown, depth = 0): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0);
    case 'object':
      break;
    default:
      return false;
  }
  if (value === null) return true;
  if (depth === MAX_PLAIN_DEPTH) return false;
  if (Array.isArray(value)) return value.every((item) => isPlainJson(item, depth + 1));
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.entries(value).every(
    ([key, item]) => !REFUSED_KEYS.has(key) && isPlainJson(item, depth + 1),
  );
}

function parseSuperjson(value: unknown): SuperJSONResult {
  if (!isRecord(value) || !('json' in value)) {
    throw refuse('Inputs must be sent as superjson: {"json": …}.');
  }
  const { json, meta } = value;
  if (meta === undefined) return { json: json as SuperJSONResult['json'] };
  if (!isRecord(meta) || Object.keys(meta).some((key) => key !== 'values' && key !== 'v')) {
    throw refuse('The superjson annotations of the input have an unknown form.');
  }
  checkAnnotations(meta['values']);
  return { json, meta } as SuperJSONResult;
}

/** superjson's annotations are `["type"]` for the root, or an object from path to `["type"]`. */
function checkAnnotations(values: unknown): void {
  if (values === undefined || isAllowedAnnotation(values)) return;
  const entries = isRecord(values) ? Object.entries(values) : [];
  const areAllowed =
    entries.length <= MAX_ANNOTATIONS &&
    entries.every(
      ([path, annotation]) =>
        path.length <= MAX_PATH_LENGTH &&
        !FORBIDDEN_KEYS.test(path) &&
        isAllowedAnnotation(annotation),
    );
  if (!isRecord(values) || !areAllowed) {
    throw refuse('The superjson annotations of the input name something that no input accepts.');
  }
}

function isAllowedAnnotation(annotation: unknown): boolean {
  return Array.isArray(annotation) && annotation.length === 1 && ALLOWED_TYPES.has(annotation[0]);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(message: string): AuthError {
  return new AuthError('VALIDATION', { message });
}
