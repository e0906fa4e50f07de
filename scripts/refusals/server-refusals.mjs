// What the server refuses by itself, before a procedure is reached.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript-6';
import { root } from '../prepare.mjs';
import { place, visit } from './syntax.mjs';

/** What the server says by itself, before a procedure is reached: read off the text, in which the reasons stand. */
export function refusalsOfServer(lost) {
  const folder = join(root, 'apps/auth-server/src');
  const files = readdirSync(folder, { recursive: true })
    .filter((path) => /\.tsx?$/.test(path) && !path.includes('.test'))
    .map((name) => ts.createSourceFile(join(folder, name), readFileSync(join(folder, name), 'utf8'), ts.ScriptTarget.ES2023, true));
  const found = new Map();
  for (const file of files.filter(({ text }) => text.includes('new Refusal('))) {
    visit(file, (node) => {
      if (!ts.isNewExpression(node) || node.expression.getText() !== 'Refusal') return;
      const reasons = literalsOf(node.arguments[0], files);
      if (reasons.length === 0) lost.add(`${place(node)}: the reason of this refusal cannot be read`);
      for (const reason of reasons) found.set(reason, place(node));
    });
  }
  return found;
}

/** A literal, or those that the function around it is called with. */
function literalsOf(argument, files) {
  const literals = [];
  const read = (node) => visit(node, (inner) => ts.isStringLiteral(inner) && literals.push(inner.text));
  if (ts.isStringLiteral(argument)) return [argument.text];
  const maker = ts.findAncestor(argument, ts.isFunctionDeclaration);
  const index = maker?.parameters.findIndex((parameter) => parameter.name.getText() === argument.getText()) ?? -1;
  for (const file of index < 0 ? [] : files) {
    visit(file, (node) => {
      const isCall = ts.isCallExpression(node) && node.expression.getText() === maker.name.text;
      if (isCall && node.arguments[index]) read(node.arguments[index]);
    });
  }
  return literals;
}
