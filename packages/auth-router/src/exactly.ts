import type { z } from 'zod';

/** `unknown` when two types are one and the same, so that it can be asked for beside any other type; `never` otherwise. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? unknown : never;

/**
 * Holds a schema to a plain type, in both directions: `exactly<LoginInput>()(z.strictObject({ … }))`. A mere annotation
 * would let the type promise optional properties that the schema refuses.
 */
export function exactly<Plain>() {
  return <Schema extends z.ZodType>(schema: Schema & Same<z.input<Schema>, Plain> & Same<z.output<Schema>, Plain>) =>
    schema as unknown as z.ZodType<Plain, Plain>;
}
