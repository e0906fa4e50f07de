/** Every table of the core, for migrations and for applications whose own tables reference `userTable.id`. */
export { signingKeyTable } from './access-token/signing-key.table.ts';
export { auditTable } from './audit/audit.table.ts';
export { eventTable } from './event/event.table.ts';
export { limitTable } from './limits/limit.table.ts';
export { mailTable } from './mail/mail.table.ts';
export { registrationTable } from './registration/registration.table.ts';
export { rootSecretTable } from './secret/root-secret.table.ts';
export { serviceAccountTable, serviceKeyTable } from './service-account/service-account.table.ts';
export { deviceTable, sessionTable } from './session/session.table.ts';
export { socialAccountTable } from './social/social-account.table.ts';
export { socialFlowTable } from './social/social-flow.table.ts';
export { socialRegistrationTable } from './social/social-registration.table.ts';
export { latchkey } from './table-columns.ts';
export { oneTimeTokenTable } from './token/one-time-token.table.ts';
export { userTable } from './user/user.table.ts';
