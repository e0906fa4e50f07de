// The arrows and the doors of the house. `scripts/check-architecture.mjs` runs this and refuses a run that saw no modules.
const core = '^packages/user-core/src/';
const routerSrc = '^packages/auth-router/src/';
const client = '^packages/auth-client/src/';
const server = '^apps/auth-server/src/';
const example = '^apps/example-service/src/';
// One app shows two ways: a service that stands alone, and an application that our server runs.
const exampleAlone = `${example}(?!merged/)`;
const notTest = '\\.(test|test-data)\\.tsx?$';

/** Only files matching `door` may import the packages matching `library`. */
const door = (name, library, ...doors) => ({
  name: `door: ${name}`,
  severity: 'error',
  from: { path: '^(packages|apps)/[^/]+/src/', pathNot: [...doors, notTest] },
  to: { path: `(^|node_modules/)(${library})(/|$)` },
});

/** Code below `from` may not import, at run time, anything below `to`. */
const noArrow = (name, from, to, options = {}) => ({
  name: `arrow: ${name}`,
  severity: 'error',
  from: { path: from, pathNot: notTest },
  to: { path: to, ...options },
});

module.exports = {
  forbidden: [
    noArrow('the core knows nothing of ours', core, '^packages/(?!user-core/)|^apps/'),
    noArrow('the router knows only the core', routerSrc, '^(packages/(?!user-core/|auth-router/)|apps/)'),
    noArrow('the client knows the router by its types', client, '^packages/(user-core|auth-router)/|^apps/', {
      dependencyTypesNot: ['type-only'],
    }),
    noArrow('the web app knows only the client', '^apps/web/src/', '^packages/(?!auth-client/)|^apps/(?!web/)'),
    noArrow('the example knows only the client', exampleAlone, '^packages/(?!auth-client/)|^apps/(?!example-service/)'),
    noArrow('the example’s two ways do not mix', exampleAlone, `${example}merged/`),
    noArrow('the example’s page knows its server by its types', `${example}page/`, `${example}(?!page/)`, {
      dependencyTypesNot: ['type-only'],
    }),
    noArrow('the merged example adds to the server', `${example}merged/`, '^packages/auth-client/|^apps/(?!example-service/|auth-server/)'),
    door(
      'the database',
      'postgres|drizzle-orm',
      `${core}.+\\.table\\.ts$`,
      `${core}.+\\.store\\.ts$`,
      `${core}(database|schema|table-columns|health|purge)\\.ts$`,
      `${core}database/`,
      `${core}testing/`,
      `${server}jobs\\.ts$`,
      `${example}merged/.+\\.(table|store)\\.ts$`,
    ),
    door('password hashes', '@node-rs/bcrypt', `${core}password/password-hash\\.ts$`),
    door('JOSE', 'jose', `${core}access-token/`, `${core}social/`, `${client}server`),
    door('OAuth clients', 'arctic', `${core}social/providers/`),
    door('counters of attempts', 'rate-limiter-flexible', `${core}limits/`),
    door('the RPC server', '@trpc/server', routerSrc, `${server}(trpc-mount|extensions).ts$`, client, `${example}(trpc|service).ts$`),
    {
      name: 'door: the RPC server gives the client types, and the observables that a link is made of',
      severity: 'error',
      from: { path: client, pathNot: notTest },
      to: { path: '@trpc/server/dist/(?!observable)', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'door: observables',
      severity: 'error',
      from: { path: client, pathNot: [`${client}link-of.ts$`, notTest] },
      to: { path: '@trpc/server/dist/observable' },
    },
    door('the wire format', 'superjson', `${routerSrc}wire-format\\.ts$`, `${client}`),
    door('strangers’ data', 'zod', routerSrc, `${server}(config|extensions)\\.ts$`, `${core}social/`, example),
    door('the HTTP server', 'fastify|@fastify/[^/]+', server, `${example}(service|page-files)\\.ts$`),
    door('mail', 'nodemailer', `${server}mail/`),
    door('jobs', 'graphile-worker', `${server}jobs\\.ts$`),
    door('the web library', 'react|react-dom|@tanstack/[^/]+', `${client}react`, '^apps/web/src/', `${example}page/`, `${server}mail/`),
    { name: 'no circles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'every import is declared', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^(postgres|pino)$' } },
    { name: 'no import of tests', severity: 'error', from: { pathNot: '\\.test\\.tsx?$|/test/' }, to: { path: '\\.test\\.tsx?$' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules|/dist/' },
    tsPreCompilationDeps: 'specify',
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.d.ts'],
    },
  },
};
