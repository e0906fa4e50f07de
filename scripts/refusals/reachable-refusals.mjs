// Which refusals each procedure of the router can reach, by the compiler's own knowledge of the code.
import ts from 'typescript-6';
import { indexArguments, indexImplementations } from './implementations.mjs';
import { createProgram, listEntry, routerEntry } from './program.mjs';
import { refusalsOfServer } from './server-refusals.mjs';
import { bare, isOurs, isRefusal, isSignature, place, resolved, visit } from './syntax.mjs';

/** What has no implementation here, and why it need not be followed. */
const outside = {
  Hooks: 'an application’s own code, which may refuse with any reason',
  CookieSink: 'the transport, which only writes headers',
  Waiter: 'a promise of the one who waits in the queue',
  FetchedKeys: 'a library’s keeper of the keys it fetched',
  Host: 'the process around the core',
  Clock: 'the host',
  Random: 'the host',
  Jobs: 'the host',
  Log: 'the host',
};

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

/** Everything that can run when `start` does. Answers where each reason comes from. */
function follow({ checker, implementations, given, lost }, start) {
  const reasons = new Map();
  const seen = new Set();
  const open = [start];
  const enter = (symbol, from) => {
    for (const declaration of symbol?.declarations ?? []) {
      if (!isOurs(declaration.getSourceFile().fileName)) continue;
      if (ts.isShorthandPropertyAssignment(declaration)) enter(checker.getShorthandAssignmentValueSymbol(declaration), from);
      else if (ts.isBindingElement(declaration)) enter(propertyBehind(checker, declaration), from);
      else if (isSignature(declaration)) enterSignature(declaration, from);
      else if (ts.isParameter(declaration)) enterParameter(declaration);
      else if (isFollowed(declaration)) open.push(declaration);
    }
  };
  const enterSignature = (declaration, from) => {
    const found = implementations.get(declaration);
    if (found) open.push(...found);
    else if (checker.getTypeAtLocation(declaration).getNonNullableType().getCallSignatures().length > 0) {
      const owner = declaration.parent.parent?.name?.getText() ?? '?';
      if (!outside[owner]) lost.add(`${place(from)}: nothing here implements ${owner}.${declaration.name.getText()}`);
    }
  };
  const enterParameter = (parameter) => {
    const type = checker.getTypeAtLocation(parameter);
    if (type.getProperty('query') && type.getProperty('mutation')) open.push(...(given.get(parameter) ?? []));
  };
  while (open.length > 0) {
    const node = open.pop();
    if (seen.has(node)) continue;
    seen.add(node);
    visit(
      node,
      (inner) => {
        if (isRefusal(checker, inner)) collect(checker, inner, reasons, lost);
        if (ts.isShorthandPropertyAssignment(inner)) enter(checker.getShorthandAssignmentValueSymbol(inner), inner);
        else if (ts.isIdentifier(inner) && !ts.isPropertyAssignment(inner.parent)) enter(resolved(checker, inner), inner);
        else if (ts.isIdentifier(inner) && inner.parent.initializer === inner) enter(resolved(checker, inner), inner);
      },
      isSwallowing,
    );
  }
  return reasons;
}

function collect(checker, node, reasons, lost) {
  const type = checker.getTypeAtLocation(node.arguments[0]);
  const literals = type.isUnion() ? type.types : [type];
  for (const literal of literals) {
    if (literal.isStringLiteral()) reasons.set(literal.value, reasons.get(literal.value) ?? place(node));
    else lost.add(`${place(node)}: the reason of this refusal cannot be read`);
  }
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

/** The property that a destructured name stands for. */
function propertyBehind(checker, element) {
  const name = element.propertyName ?? element.name;
  return checker.getTypeAtLocation(element.parent).getProperty(name.getText());
}

function isFollowed(declaration) {
  return (
    ts.isFunctionDeclaration(declaration) ||
    ts.isMethodDeclaration(declaration) ||
    ts.isPropertyAssignment(declaration) ||
    (ts.isVariableDeclaration(declaration) && declaration.initializer !== undefined)
  );
}

/** The block of a `try` whose `catch` answers a refusal by something else: `if (error instanceof Refusal) return …`. */
function isSwallowing(node) {
  return (
    ts.isBlock(node) &&
    ts.isTryStatement(node.parent) &&
    node.parent.tryBlock === node &&
    swallowed.test(node.parent.catchClause?.getText() ?? '')
  );
}

const swallowed = /if \(\w+ instanceof Refusal\) return /;
