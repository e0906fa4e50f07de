import type { OutgoingHttpHeaders } from 'node:http';
import type { ProcedureDescription } from '@latchkey/auth-router';
import fc from 'fast-check';

/** In every text that is sent: wherever it turns up, something was repeated. */
export const mark = 'hunter2';

export type OddRequest = { path: string; method: string; headers: OutgoingHttpHeaders; body: Buffer | null };

type JsonSchema = { type?: string; properties?: Record<string, JsonSchema>; items?: JsonSchema; format?: string };

const text = fc.oneof(
  fc.string().map((some) => mark + some),
  fc.string({ unit: 'binary' }).map((some) => mark + some),
  fc
    .string({ unit: fc.constantFrom('\0', '\ud800', '\u202e', '\r\n', '%00', '\u0130', 'ﬁ', "'; --", '${', '{{', '../') })
    .map((some) => mark + some),
  fc.constantFrom(`${mark}@example.com`, `${mark}@exämple.com`, `"${mark}"@example.com`, `${mark} <a@example.com>`, mark.repeat(30)),
  fc.integer({ min: 1, max: 9_000 }).map((length) => mark.repeat(length).slice(0, length + mark.length)),
  fc.constantFrom('lks_', 'lkr_', 'lkv_', 'lkp_', 'lkc_', 'lka_').map((prefix) => `${prefix}${mark.repeat(7)}`),
  fc.uuid(),
);

const value = fc.oneof(
  text,
  fc.constantFrom(null, true, false, 0, -1, 1e308, 0.1, [], {}, '', [null], { [`no name ${mark}`]: mark }),
  fc.jsonValue().map((some) => ({ [`no name ${mark}`]: some })),
  fc.integer({ min: 1, max: 3_000 }).map((depth) => JSON.parse('['.repeat(depth) + ']'.repeat(depth))),
  fc.integer({ min: 1, max: 2_000 }).map((count) => Array(count).fill(mark)),
);

/** Something like what a procedure takes: right, nearly right, or wrong in a field or two. */
function inputFor({ input }: ProcedureDescription): fc.Arbitrary<unknown> {
  const fields = Object.entries((input as JsonSchema | null)?.properties ?? {});
  const near = fc.record(
    Object.fromEntries(
      fields.map(([name, field]) => [name, fc.oneof({ weight: 3, arbitrary: like(field) }, { weight: 1, arbitrary: value })]),
    ),
    { requiredKeys: [] },
  );
  const more = fc.tuple(near, fc.constantFrom('isAdmin', 'id', '__proto__', 'constructor', '', `no name ${mark}`), value);
  return fc.oneof(
    { weight: 4, arbitrary: near },
    { weight: 1, arbitrary: more.map(([some, name, odd]) => ({ ...some, [name]: odd })) },
    { weight: 1, arbitrary: value },
  );
}

function like(field: JsonSchema): fc.Arbitrary<unknown> {
  if (field.type === 'array') return fc.array(like(field.items ?? {}), { maxLength: 5 });
  if (field.type === 'object') return fc.constantFrom({}, { [`no name ${mark}`]: mark });
  if (field.type === 'boolean') return fc.boolean();
  return field.format === 'uuid' ? fc.uuid() : text;
}

const annotation = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom(
    { values: { password: ['bigint'] } },
    { values: [['Date']] },
    { values: { token: ['Date'] } },
    { values: { '__proto__.x': ['undefined'] } },
  ),
  fc.jsonValue(),
);

const bodyKinds = (input: unknown, meta: unknown, bytes: Uint8Array): Record<string, () => Buffer | null> => ({
  whole: () => Buffer.from(JSON.stringify({ json: input, meta })),
  bare: () => Buffer.from(JSON.stringify(input) ?? ''),
  cut: () => Buffer.from(JSON.stringify({ json: input }).slice(0, -3)),
  batch: () => Buffer.from(JSON.stringify({ 0: { json: input, meta }, 1: { json: input } })),
  bytes: () => Buffer.from(bytes),
  none: () => null,
});

function headersFor(cookies: string[]): fc.Arbitrary<OutgoingHttpHeaders> {
  const odd = fc.string({
    unit: fc
      .integer({ min: 0x20, max: 0xff })
      .filter((code) => code !== 0x7f)
      .map((code) => String.fromCharCode(code)),
    maxLength: 60,
  });
  const cookie = fc.constantFrom(
    'latchkey=',
    `latchkey=${mark}`,
    'latchkey=a; latchkey=b',
    '=;=;;',
    `latchkey="${mark}`,
    `latchkey=${mark.repeat(500)}`,
    ...cookies,
  );
  return fc.record(
    {
      'content-type': fc.oneof(
        { weight: 12, arbitrary: fc.constant('application/json') },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            'application/json; charset=utf-16',
            'APPLICATION/JSON',
            'multipart/form-data; boundary=x',
            'text/plain',
            '',
          ),
        },
        { weight: 1, arbitrary: odd },
      ),
      cookie: fc.oneof(cookie, odd),
      origin: fc.oneof(
        { weight: 6, arbitrary: fc.constant('http://localhost') },
        { weight: 1, arbitrary: fc.constantFrom('null', 'https://evil.example', '') },
        { weight: 1, arbitrary: odd },
      ),
      'sec-fetch-site': fc.constantFrom('same-origin', 'none', 'cross-site', mark),
      authorization: fc.oneof(
        fc.constantFrom(
          'Bearer',
          `Bearer ${mark}`,
          `Bearer a.b.c`,
          `Bearer ${mark.repeat(700)}`,
          `Basic ${mark}`,
          'bearer eyJhbGciOiJub25lIn0.e30.',
        ),
        odd,
      ),
      'x-latchkey-credentials': fc.constantFrom('token', 'cookie', mark),
      'trpc-accept': fc.constantFrom('application/jsonl', mark),
      accept: fc.constantFrom('application/jsonl', 'text/event-stream', mark),
      'x-forwarded-for': odd,
      'user-agent': odd,
      'accept-version': odd,
      expect: fc.constant('100-continue'),
      'x-odd': odd,
    },
    { requiredKeys: ['content-type'] },
  );
}

/** Requests to every procedure there is, and to names that are nearly one. `cookies` are those of people who are signed in. */
export function oddRequests(procedures: ProcedureDescription[], cookies: string[]): fc.Arbitrary<OddRequest> {
  const names = procedures.map(({ path }) => path);
  const suffix = fc.constantFrom(
    '?batch=1',
    '?batch=1&batch=2',
    '?connectionParams=x',
    `?${mark}=${mark}`,
    '?input=',
    '?input=%zz',
    '?input=%7B%7D',
    '.',
    '/',
    '%00',
    '%',
    ',',
    `,${mark}`,
  );
  return fc.constantFrom(...procedures).chain((procedure) =>
    fc
      .record({
        input: inputFor(procedure),
        meta: annotation,
        bytes: fc.uint8Array({ maxLength: 200 }),
        kind: fc.oneof(
          { weight: 8, arbitrary: fc.constant('whole') },
          { weight: 1, arbitrary: fc.constantFrom('bare', 'cut', 'batch', 'bytes', 'none') },
        ),
        method: fc.oneof(
          { weight: 10, arbitrary: fc.constant(procedure.type === 'query' ? 'GET' : 'POST') },
          { weight: 1, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH') },
        ),
        more: fc.oneof(
          { weight: 5, arbitrary: fc.constant([]) },
          { weight: 1, arbitrary: fc.array(fc.constantFrom(...names), { maxLength: 12 }) },
        ),
        tail: fc.oneof({ weight: 8, arbitrary: fc.constant('') }, { weight: 1, arbitrary: suffix }),
        headers: headersFor(cookies),
      })
      .map(({ input, meta, bytes, kind, method, more, tail, headers }) => {
        const path = `/trpc/${[procedure.path, ...more].join(',')}`;
        const asked =
          method === 'GET' && kind === 'whole' ? `?input=${encodeURIComponent(JSON.stringify({ json: input, meta }).toWellFormed())}` : '';
        const batched = more.length > 0 ? '?batch=1' : '';
        const body = method === 'POST' ? (bodyKinds(input, meta, bytes)[more.length > 0 ? 'batch' : kind]?.() ?? null) : null;
        return { path: `${path}${batched || asked}${tail}`, method, headers, body };
      }),
  );
}
