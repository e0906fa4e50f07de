import { z } from 'zod';

/** Extra fields of an application that has none. */
export const noFields = z.strictObject({});

/** What JSON gives back as something else: it would be typed one way and arrive another. */
const unstorable = ['date', 'bigint', 'map', 'set', 'symbol', 'function', 'promise', 'file', 'nan'];

/**
 * Fails at start, where the application's author sees it, when a fields object promises what cannot be kept: values that
 * do not survive being stored as JSON, or checks across several fields, which a change of one of them would pass by.
 */
function checkFieldsObject(fields: z.ZodObject): void {
  if (fields._zod.def.checks?.length) throw new Error('fields: a check of the whole object belongs into the hook beforeRegister');
  z.toJSONSchema(fields, {
    io: 'output',
    unrepresentable: 'any',
    override: ({ zodSchema, path }) => {
      const { type } = zodSchema._zod.def;
      if (unstorable.includes(type)) throw new Error(`fields: ${path.at(-1) ?? 'a value'} is a ${type}, which is not stored as such`);
    },
  });
}

/** The extra fields of somebody new: exactly the application's object, and nothing else. */
export function newFieldsInput<F extends z.ZodObject>(fields: F) {
  checkFieldsObject(fields);
  // Left out, it is checked as an empty object: a required field is then named as missing.
  return z
    .strictObject(fields.shape)
    .superRefine(refuseUnstorableText)
    .prefault({} as z.input<F>);
}

/** Some of the fields: what is not given stays as it is, also where the object has a default for it. */
export function changedFieldsInput<F extends z.ZodObject>(fields: F) {
  const changed = z.record(z.string(), z.unknown()).transform(async (input, context) => {
    const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
    const shape = Object.fromEntries(Object.entries(fields.shape).filter(([name]) => Object.hasOwn(given, name)));
    const parsed = await z.strictObject(shape).superRefine(refuseUnstorableText).safeParseAsync(given);
    if (!parsed.success) context.issues.push(...(parsed.error.issues as typeof context.issues));
    return parsed.data ?? {};
  });
  const described = changed.meta(z.toJSONSchema(z.strictObject(fields.partial().shape), { io: 'input', unrepresentable: 'any' }));
  return (described as unknown as z.ZodType<Partial<z.output<F>>, Partial<z.input<F>>>).optional();
}

/** PostgreSQL's JSON holds neither a NUL nor half a character. */
function refuseUnstorableText(value: unknown, context: z.RefinementCtx): void {
  const walk = (found: unknown, path: string[]): void => {
    if (typeof found === 'string' && (found.includes('\0') || !found.isWellFormed()))
      context.addIssue({ code: 'custom', path, message: 'This text holds characters that cannot be stored.' });
    if (typeof found !== 'object' || found === null) return;
    for (const [name, child] of Object.entries(found)) {
      walk(name, path);
      walk(child, [...path, name]);
    }
  };
  walk(value, []);
}
