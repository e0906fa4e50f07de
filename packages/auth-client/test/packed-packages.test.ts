import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openDatabase } from '@latchkey/user-core';
import { createTestDatabase, type TestDatabase } from '@latchkey/user-core/testing';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startTestServer, type TestServer } from '../../../apps/auth-server/test/start-server.ts';
import { compile, makeProject, openFolder, outputOf, type Project, packagesIn, root, type Tarballs } from './packed/project.ts';

// What is published, as somebody meets it who has nothing but what a registry hands out.

const place = openFolder();
let tarballs: Tarballs;
let database: TestDatabase;
let server: TestServer;

beforeAll(async () => {
  tarballs = JSON.parse(await outputOf(root, process.execPath, ['scripts/pack-packages.mjs', join(place.folder, 'tarballs')]));
  database = await createTestDatabase(inject('databaseUrl'));
  server = await startTestServer({ databaseUrl: database.url, env: { EMAIL_VERIFICATION: 'none' } });
});

afterAll(async () => {
  await server.stop();
  await database.drop();
  place.close();
});

const ours = ['@latchkey/auth-client', '@latchkey/auth-router', '@latchkey/user-core'];
const serverPackages = /^(@latchkey\/(user-core|auth-router)|fastify|drizzle-orm|postgres|zod|arctic|@node-rs\/.*|rate-limiter-flexible)$/;
const forReact = ['@tanstack/react-query', '@trpc/client', '@trpc/server', '@trpc/tanstack-react-query', 'react', 'react-dom'];
const forTypes = ['typescript', '@types/react', '@types/react-dom'];
const managers = ['npm', 'pnpm'] as const;

describe.each(managers)('a client, installed by %s', (manager) => {
  let project: Project;

  beforeAll(async () => {
    project = makeProject(join(place.folder, manager), 'client', tarballs, ours.slice(0, 1), [...forReact, ...forTypes]);
    await project.install(manager);
  });

  test('brings no server along', () => {
    const installed = packagesIn(project);
    expect(installed).toEqual(expect.arrayContaining(['@latchkey/auth-client', 'superjson', 'react']));
    expect(installed.filter((name) => serverPackages.test(name))).toEqual([]);
  });

  test('compiles, and calls a server', async () => {
    expect(await compile(project, 'nodenext')).toEqual([]);
    expect(JSON.parse(await project.run('out/call.js', server.url, manager))).toEqual({
      wrong: 'wrong',
      email: `${manager}@example.com`,
      methods: ['pwd'],
    });
  });

  if (manager === 'npm') {
    test('compiles as bundlers find modules, and with TypeScript 6', async () => {
      expect(await compile(project, 'bundler', { compiler: join(root, 'node_modules/typescript-6') })).toEqual([]);
    });
  }

  test('is built into a page by Vite, with no server inside', async () => {
    const { build } = await import(pathToFileURL(createRequire(join(root, 'apps/web/package.json')).resolve('vite')).href);
    const { output } = await build({ root: project.folder, configFile: false, logLevel: 'error', build: { write: false } });
    const modules = output.flatMap((chunk: { modules?: object }) => Object.keys(chunk.modules ?? {}));
    const inside = new Set(modules.map((id: string) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? 'the page'));
    expect([...inside].sort()).toEqual([
      '@latchkey/auth-client',
      '@tanstack/query-core',
      '@tanstack/react-query',
      '@trpc/client',
      '@trpc/server',
      '@trpc/tanstack-react-query',
      'copy-anything',
      'react',
      'react-dom',
      'scheduler',
      'superjson',
      'the page',
    ]);
  });
});

test('a server of somebody else, installed by pnpm, compiles, makes its tables and answers', { timeout: 180_000 }, async () => {
  const project = makeProject(join(place.folder, 'server'), 'server', tarballs, ours, ['@trpc/server', 'zod', 'typescript', '@types/node']);
  await project.install('pnpm');
  expect(await compile(project, 'nodenext', { types: ['node'] })).toEqual([]);
  const admin = await openDatabase(inject('databaseUrl'), { max: 1 });
  const name = `latchkey_packed_${randomBytes(4).toString('hex')}`;
  try {
    await admin.db.execute(`create database ${name}`);
    const url = new URL(inject('databaseUrl'));
    url.pathname = `/${name}`;
    const said = JSON.parse(await project.run('out/main.js', url.href));
    expect(said).toEqual({ plan: 'paid', missing: 'function', inProcess: 'authenticated', cookie: 'paid' });
  } finally {
    await admin.db.execute(`drop database if exists ${name}`);
    await admin.close();
  }
});
