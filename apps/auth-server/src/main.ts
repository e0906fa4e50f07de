import { runAuthServer } from './run-auth-server.ts';

await runAuthServer();
