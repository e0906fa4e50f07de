import { runAuthServer } from 'auth-server';
import { createAppRouter } from './app-router.ts';
import { migrateNotes } from './note.table.ts';

await runAuthServer({ router: createAppRouter, migrate: migrateNotes });
