import { customType, pgSchema, timestamp } from 'drizzle-orm/pg-core';

/** Everything of ours lives in one PostgreSQL schema, so that it never meets an application's own `session` or `user`. */
export const latchkey = pgSchema('latchkey');

export const bytea = customType<{ data: Buffer; driverData: Buffer | Uint8Array }>({
  dataType: () => 'bytea',
  fromDriver: (value) => Buffer.from(value),
});

export const at = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' });
