import { explained } from './explained.ts';
import { openCoreForCommand } from './open-core-for-command.ts';
import { runServiceAccountCommand, UsageError } from './service-account-cli.ts';

try {
  const { core, close } = await openCoreForCommand();
  try {
    process.stdout.write(`${await runServiceAccountCommand(core, process.argv.slice(2))}\n`);
  } finally {
    await close();
  }
} catch (error) {
  const message = error instanceof UsageError ? error.message : explained(error);
  if (message === null) throw error;
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
