// Which refusals each procedure of the router can reach, by the compiler's own knowledge of the code.
import ts from 'typescript-6';
import { follow } from './follow.mjs';
import { indexArguments, indexImplementations } from './implementations.mjs';
import { createProgram, listEntry, routerEntry } from './program.mjs';
import { refusalsOfServer } from './server-refusals.mjs';
import { bare, isOurs, resolved, visit } from './syntax.mjs';

/**
 * Reads the code; `replaced` gives other contents for single files. Answers by path what each procedure can refuse with and
 * where, what `procedureRefusals` lists, the reasons the server gives before a procedure runs, and what could not be followed.
 */
export function reachableRefusals(replaced = new Map()) {
  const program = createProgram(replaced);
  const checker = program.getTypeChecker();
  const files = program.getSourceFiles().filter(({ fileName }) => isOurs(fileName));
  const implementations = indexImplementations(checker, files);
  const given = indexArguments(checker, files);
  const lost = new Set();

  const entry = program.getSourceFile(routerEntry);
  const procedures = readRouters(checker, entry).map(({ path, type, node }) => {
    const found = follow({ checker, implementations, given, lost }, node);
    return { path, type, reasons: found };
  });
  return { procedures, listed: readListed(program, checker), gate: refusalsOfServer(lost), lost: [...lost] };
}

/** Every procedure below `authRouters`, with the expression that makes it. */
function readRouters(checker, entry) {
  let routers;
  visit(entry, (node) => {
    if (ts.isVariableDeclaration(node) && node.name.getText() === 'authRouters') routers = node.initializer;
  });
  const read = (expression, path) => {
    const node = bare(expression);
    if (ts.isObjectLiteralExpression(node)) {
      return node.properties.flatMap((member) => read(member.initializer, [...path, member.name.getText()]));
    }
    if (ts.isIdentifier(node)) return read(resolved(checker, node)?.valueDeclaration?.initializer, path);
    if (!ts.isCallExpression(node)) throw new Error(`${path.join('.')} is not a call`);
    if (node.expression.getText() === 'router') return read(node.arguments[0], path);
    if (ts.isPropertyAccessExpression(node.expression)) return [{ path: path.join('.'), type: node.expression.name.text, node }];
    const made = resolved(checker, node.expression)?.valueDeclaration;
    let answered;
    visit(made.body, (inner) => {
      if (ts.isReturnStatement(inner) && inner.parent.parent === made) answered = inner.expression;
    });
    return read(answered, path);
  };
  return read(routers, []);
}

/** What `procedureRefusals` says, read off its type. */
function readListed(program, checker) {
  const file = program.getSourceFile(listEntry);
  const symbol = checker.getExportsOfModule(checker.getSymbolAtLocation(file)).find(({ name }) => name === 'procedureRefusals');
  return new Map(
    checker
      .getPropertiesOfType(checker.getTypeOfSymbol(symbol))
      .map((property) => [property.name, checker.getTypeArguments(checker.getTypeOfSymbol(property)).map((type) => type.value)]),
  );
}
