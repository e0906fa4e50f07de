import type { AnyTRPCProcedure, AnyTRPCRouter } from '@trpc/server';
import { z } from 'zod';
import type { AuthMeta } from './api/api.ts';

/** A procedure as it is documented and counted. `input` and `output` are JSON Schemas; dates are `date-time` texts there. */
export type ProcedureDescription = {
  path: string;
  type: 'query' | 'mutation' | 'subscription';
  /** Null for a procedure that does not say who may call it: there must be none. */
  access: AuthMeta['access'] | null;
  scope: AuthMeta['scope'] | null;
  isCredential: boolean;
  setsCookies: boolean;
  input: object | null;
  output: object | null;
};

/** Every procedure of a router, by path. */
export function describeProcedures(router: AnyTRPCRouter): ProcedureDescription[] {
  return Object.entries<AnyTRPCProcedure>(router._def.procedures)
    .map(([path, procedure]) => {
      const { type, meta, inputs, output } = procedure._def as unknown as Built;
      return {
        path,
        type,
        access: meta?.access ?? null,
        scope: meta?.scope ?? null,
        isCredential: meta?.credential ?? false,
        setsCookies: meta?.setsCookies ?? false,
        input: inputs[0] ? jsonSchema(inputs[0], 'input') : null,
        output: output ? jsonSchema(output, 'output') : null,
      };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What tRPC keeps of a procedure at run time. */
type Built = { type: ProcedureDescription['type']; meta?: AuthMeta; inputs: z.ZodType[]; output?: z.ZodType };

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  return z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === 'date') Object.assign(jsonSchema, { type: 'string', format: 'date-time' });
    },
  });
}
