// Writes a JSON Schema as the TypeScript type a reader knows, with limits beside the fields.

/** Shapes that occur again and again, known by their fields. */
const named = {
  User: ['id', 'email', 'emailVerified', 'username', 'firstName', 'lastName', 'hasPassword', 'createdAt', 'lastLoginAt', 'fields'],
  Session: ['id', 'createdAt', 'lastSeenAt', 'expiresAt', 'authenticatedAt', 'methods', 'ip', 'userAgent', 'current'],
  Tokens: ['accessToken', 'accessTokenExpiresAt', 'refreshToken', 'refreshTokenExpiresAt'],
};

/** `found` collects the named shapes that were met, by name. */
export function typeText(schema, found, indent = '') {
  if (schema === null) return 'undefined';
  const union = schema.oneOf ?? schema.anyOf;
  if (union) return unionText(union, found, indent);
  if (Array.isArray(schema.type)) return schema.type.join(' | ');
  if (schema.const !== undefined) return quoted(schema.const);
  if (schema.enum) return schema.enum.map(quoted).join(' | ');
  if (schema.type === 'array') return arrayOf(typeText(schema.items, found, indent));
  if (schema.type === 'object') return objectText(schema, found, indent);
  if (schema.format === 'date-time') return 'Date';
  return { integer: 'number' }[schema.type] ?? schema.type ?? 'unknown';
}

function unionText(options, found, indent) {
  const texts = [...new Set(options.map((option) => typeText(option, found, `${indent}    `)))];
  return options.some((option) => option.properties && !nameOf(option))
    ? texts.map((text) => `\n${indent}  | ${text}`).join('')
    : texts.join(' | ');
}

function objectText(schema, found, indent) {
  const name = nameOf(schema);
  if (name) {
    found.set(name, schema);
    return name;
  }
  return schema.properties ? fieldsText(schema, found, indent) : 'Record<string, unknown>';
}

/** The fields of an object, one a line. */
export function fieldsText(schema, found, indent = '') {
  const names = Object.keys(schema.properties);
  if (names.length === 0) return '{}';
  const lines = names.map((name) => {
    const field = schema.properties[name];
    const isOptional = !schema.required?.includes(name);
    const limit = limitText(field);
    return `${indent}  ${name}${isOptional ? '?' : ''}: ${typeText(field, found, `${indent}  `)};${limit && ` // ${limit}`}\n`;
  });
  return `{\n${lines.join('')}${indent}}`;
}

function limitText({ type, minLength = 0, maxLength, maxItems, format, items }) {
  if (format === 'uuid') return 'a UUID';
  if (type === 'string' && maxLength !== undefined) return `${minLength > 0 ? `${minLength} to` : 'up to'} ${maxLength} characters`;
  if (type === 'array' && maxItems !== undefined) return `up to ${maxItems}${items.format === 'uuid' ? ' UUIDs' : ''}`;
  return '';
}

function arrayOf(text) {
  return /[ |]/.test(text) ? `(${text})[]` : `${text}[]`;
}

function nameOf({ properties = {} }) {
  const fields = Object.keys(properties).join();
  return Object.keys(named).find((name) => named[name].join() === fields);
}

function quoted(value) {
  return typeof value === 'string' ? `'${value}'` : String(value);
}
