// Writes the documents that follow from the code: `node scripts/write-docs.mjs`, after a build. check-docs compares them.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, root } from './prepare.mjs';
import { fieldsText, typeText } from './type-text.mjs';

const notice = '<!-- Written by scripts/write-docs.mjs from the code; change that instead. -->';

/** By path, what the generated documents should hold. */
export async function generatedDocuments() {
  const texts = { 'docs/procedures.md': await procedures(), 'docs/configuration.md': await configuration() };
  return Object.fromEntries(Object.entries(texts).map(([path, text]) => [path, formatted(path, text)]));
}

/** As the linter wants every document. */
function formatted(path, input) {
  const biome = [join(root, 'node_modules/@biomejs/biome/bin/biome'), 'format', `--stdin-file-path=${path}`];
  const { status, stdout, stderr } = spawnSync(process.execPath, biome, { cwd: root, input, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

async function procedures() {
  const { createAuthRouter, describeProcedures } = await built('packages/auth-router/dist/auth-router.js');
  // Nothing is called: a router is described without a core behind it.
  const all = describeProcedures(createAuthRouter({ core: {} }).authRouter);
  const found = new Map();
  const groups = [...new Set(all.map(groupOf))];
  const sections = groups.map((group) => {
    const members = all.filter((procedure) => groupOf(procedure) === group);
    return `## ${group}\n\n${members.map((member) => section(member, found)).join('\n')}`;
  });
  const shapes = [...found].sort().map(([name, schema]) => `type ${name} = ${fieldsText(schema, found)};`);
  return `${notice}

# Procedures

${all.length} procedures, mounted at \`/trpc\` with the superjson transformer. Every input is strict: a field that is not listed is
refused. A batch has ten calls at most, and one of those that check a credential.

| procedure | kind | who may call it |
| --- | --- | --- |
${all.map((procedure) => `| [\`${procedure.path}\`](#${anchor(procedure.path)}) | ${procedure.type} | ${who(procedure)} |`).join('\n')}

## Shapes

\`\`\`ts
${shapes.join('\n\n')}
\`\`\`

${sections.join('\n')}`;
}

function section({ path, type, isCredential, setsCookies, input, output, ...rest }, found) {
  const traits = [type, who(rest), isCredential && 'checks a credential', setsCookies && 'sets cookies'].filter(Boolean);
  return `### ${path}

${traits.join(' · ')}

\`\`\`ts
type Input = ${typeText(input, found)};
type Output = ${typeText(output, found)};
\`\`\`
`;
}

function who({ access, scope }) {
  if (access === 'service') return `a service account with \`${scope}\``;
  return { anyone: 'anyone', signed_in: 'signed in', fresh: 'signed in, with a fresh proof' }[access];
}

function groupOf({ path }) {
  return path.split('.')[0];
}

function anchor(path) {
  return path.toLowerCase().replaceAll('.', '');
}

async function configuration() {
  const { variables } = await built('apps/auth-server/dist/config.js');
  const rows = Object.entries(variables.shape).map(([name, schema]) => {
    const unset = defaultOf(schema);
    return `| \`${name}\` | ${unset === '' ? '–' : `\`${unset}\``} | ${schema.description} |`;
  });
  return `${notice}

# Configuration

The server reads its environment once, at start. Everything that is wrong is reported at once, by the names of the variables and
never by their values, and the server does not start. An empty variable counts as one that is not set.

| variable | default | meaning |
| --- | --- | --- |
${rows.join('\n')}

With \`NODE_ENV=production\` the server refuses to start without \`DATABASE_URL\` (unless \`ALLOW_EMBEDDED_DATABASE=yes\`), \`SMTP_URL\`,
\`SECRET\` and an \`https:\` \`PUBLIC_URL\`, and with \`LIMITS=off\`.
`;
}

/** What a variable counts as when it is not set, as one would write it. */
function defaultOf(schema) {
  return [schema.parse(undefined) ?? ''].flat().join(',');
}

async function built(path) {
  return import(pathToFileURL(join(root, path)).href);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  prepare();
  for (const [path, text] of Object.entries(await generatedDocuments())) writeFileSync(join(root, path), text);
}
