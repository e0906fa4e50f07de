import type { UserCore } from '@latchkey/user-core';
import type { z } from 'zod';
import type { AuthRouter, AuthRouters, FieldsOf } from './api/api.ts';
import { applicationProcedures } from './application-procedures.ts';
import { authRoutes } from './auth/auth.router.ts';
import { callsWithoutInput, credentialCalls } from './call-lists.ts';
import { passwordRoutes } from './password/password.router.ts';
import { registrationRoutes } from './registration/registration.router.ts';
import { socialRoutes } from './social/social.router.ts';
import { createProcedures, router } from './trpc.ts';
import { noFields } from './user-fields.ts';

/**
 * The whole API. `authRouter` is served as it is, or `authRouters` is merged into an application's own router; the
 * procedures beside it protect the application's own. `fields` is the one object of extra user fields: what is not in it
 * is refused.
 */
export function createAuthRouter<F extends z.ZodObject = typeof noFields>(options: { core: UserCore; fields?: F }) {
  const fields = (options.fields ?? noFields) as F;
  const credentialPaths = new Set<string>();
  const pathsWithoutInput = new Set<string>();
  // An application may have mounted the routers below a name of its own.
  const among = (paths: Set<string>) => (path: string) => [...paths].some((known) => path === known || path.endsWith(`.${known}`));
  const procedures = createProcedures(options.core, { isCredential: among(credentialPaths), takesNoInput: among(pathsWithoutInput) });
  const authRouters: AuthRouters<F> = {
    auth: authRoutes(options.core, procedures, fields),
    social: socialRoutes(options.core, procedures, fields),
    registration: registrationRoutes(options.core, procedures, fields),
    password: passwordRoutes(options.core, procedures),
  };
  const authRouter: AuthRouter<F> = router(authRouters);
  for (const path of credentialCalls(authRouter)) credentialPaths.add(path);
  for (const path of callsWithoutInput(authRouter)) pathsWithoutInput.add(path);
  return { authRouter, authRouters, router, ...applicationProcedures<FieldsOf<F>>(procedures) };
}

export type * from './api/api.ts';
export type { Me } from './application-procedures.ts';
export { createAuthContext } from './context.ts';
export { describeProcedures, type ProcedureDescription } from './describe-procedures.ts';
export { refusalAnswer } from './error-shape.ts';
export {
  type CallInfo,
  clientAddress,
  createHttpAuthContext,
  type HttpExchange,
  type HttpHeaders,
  readHttpRequest,
} from './http-context.ts';
export { procedureRefusals } from './procedure-refusals.ts';
export { httpStatusOf, refusalCodes } from './refusal-codes.ts';
export { wireFormat } from './wire-format.ts';
export { isJson, isOriginAllowed, refuseWrite, type WriteRules } from './write-gate.ts';
