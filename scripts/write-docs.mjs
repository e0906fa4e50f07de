// Writes the documents that follow from the code: `node scripts/write-docs.mjs`, after a build. check-docs compares them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { guaranteesText } from './guarantees.mjs';
import { prepare, root } from './prepare.mjs';
import { fieldsText, typeText } from './type-text.mjs';

const notice = '<!-- Written by scripts/write-docs.mjs from the code; change that instead. -->';

/** By path, what the generated documents should hold. */
export async function generatedDocuments() {
  return {
    'docs/procedures.md': await procedures(),
    'docs/refusals.md': await refusals(),
    'docs/configuration.md': await configuration(),
  };
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

async function refusals() {
  const { refusalMeanings } = await built('packages/user-core/dist/user-core.js');
  const { httpStatusOf, procedureRefusals, refusalCodes } = await built('packages/auth-router/dist/auth-router.js');
  const rows = Object.entries(refusalMeanings).map(
    ([reason, meaning]) => `| \`${reason}\` | ${httpStatusOf(refusalCodes[reason])} | ${meaning} |`,
  );
  const quoted = (reasons) => reasons.map((reason) => `\`${reason}\``).join(', ');
  const lists = Object.values(procedureRefusals);
  const ofAll = lists[0].filter((reason) => lists.every((list) => list.includes(reason)));
  const ofOne = (list) => quoted(list.filter((reason) => reason !== 'origin_refused' && !ofAll.includes(reason)));
  return `${notice}

# Refusals

A refused call is a tRPC error whose \`data\` holds

* \`reason\`, one of the list below;
* \`requestId\`, by which the log knows the call;
* \`retryAfterSeconds\`, where waiting helps;
* \`fields\`, for input that can be mended: \`{ path, code, message }[]\`.

\`refusalOf(error)\` of the client reads it; \`refusalOf(error, 'auth.login')\` narrows it to what that procedure may give, so that a
\`switch\` over it can be exhaustive. What is expected to happen is no refusal but data with a \`status\`.

| reason | HTTP | when |
| --- | --- | --- |
${rows.join('\n')}

Bad input is 400; 405, 413, 414 and 415 where HTTP says so.

## By procedure

A check holds this list to the code, in both directions. Besides these, any call may be refused with
${quoted(ofAll)}, and any mutation with \`origin_refused\`.

| procedure | refuses with |
| --- | --- |
${Object.entries(procedureRefusals)
  .map(([path, list]) => `| \`${path}\` | ${ofOne(list) || '–'} |`)
  .join('\n')}
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
\`SECRET\` and an \`https:\` \`PUBLIC_URL\`, and with \`LIMITS=off\` or a provider's address that is not its own.

The variables of providers (\`GOOGLE_CLIENT_ID\`, \`OIDC_PROVIDERS\`, \`SOCIAL_LINK_TRUSTED\` and their like) are described with
[social login](social-login.md).
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
  writeFileSync(join(root, 'docs/guarantees.md'), guaranteesText());
}
