import { Refusal } from '@latchkey/user-core';
import { TRPCError } from '@trpc/server';
import superjson from 'superjson';

const maxDepth = 20;
const maxKeys = 200;

/** superjson in both directions, but what comes in may hold only what our inputs can use (R-TRN-09, -10). */
export const wireFormat = {
  input: { serialize: superjson.serialize, deserialize: (received: unknown) => superjson.deserialize(checked(received)) as unknown },
  output: { serialize: superjson.serialize, deserialize: superjson.deserialize },
};

/** Serializes outside of a procedure, for answers that are given before one is reached. */
export function toWire(value: unknown): unknown {
  return superjson.serialize(value);
}

type Envelope = Parameters<typeof superjson.deserialize>[0];

/**
 * Refuses annotations other than dates and `undefined`: reviving a megabyte bigint or a stranger's RegExp would hold up
 * everybody else. Refuses nesting and key counts that no input of ours has.
 */
function checked(received: unknown): Envelope {
  if (!isObject(received) || Object.keys(received).some((key) => key !== 'json' && key !== 'meta')) throw malformed();
  let keys = 0;
  const walk = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null) return;
    if (depth >= maxDepth) throw malformed();
    for (const [key, child] of Object.entries(value)) {
      keys += 1;
      if (keys > maxKeys || key === '__proto__' || key === 'constructor' || key === 'prototype') throw malformed();
      walk(child, depth + 1);
    }
  };
  walk(received.json, 0);
  walk(received.meta, 0);
  if (received.meta !== undefined) checkMeta(received.meta);
  return received as unknown as Envelope;
}

function checkMeta(meta: unknown): void {
  if (!isObject(meta) || Object.keys(meta).some((key) => key !== 'values' && key !== 'v')) throw malformed();
  const allowed = (value: unknown): boolean => {
    if (Array.isArray(value)) return value.every(allowed);
    if (isObject(value)) return Object.values(value).every(allowed);
    return value === 'Date' || value === 'undefined';
  };
  if (meta.values !== undefined && !allowed(meta.values)) throw malformed();
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(): TRPCError {
  return new TRPCError({ code: 'BAD_REQUEST', message: 'invalid_input', cause: new Refusal('invalid_input') });
}
