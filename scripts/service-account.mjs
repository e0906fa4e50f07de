// `npm run service-account`: makes, lists, rotates and revokes the keys of other servers.
import { join } from 'node:path';
import { prepare, root, run } from './prepare.mjs';

try {
  prepare();
  process.exitCode = run(process.execPath, [join(root, 'apps/auth-server/dist/service-account.js'), ...process.argv.slice(2)]);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
