import type { AnyTRPCProcedure, AnyTRPCRouter } from '@trpc/server';
import type { AuthMeta } from './api/api.ts';

/** The paths of all procedures that check a password, a token or a key. */
export function credentialCalls(built: AnyTRPCRouter): string[] {
  const procedures = Object.entries<AnyTRPCProcedure>(built._def.procedures);
  return procedures.filter(([, procedure]) => (procedure._def.meta as AuthMeta | undefined)?.credential).map(([path]) => path);
}

/** The paths of all procedures that take no input. */
export function callsWithoutInput(built: AnyTRPCRouter): string[] {
  const procedures = Object.entries<AnyTRPCProcedure>(built._def.procedures);
  return procedures.filter(([, { _def }]) => (_def as unknown as { inputs: unknown[] }).inputs.length === 0).map(([path]) => path);
}
