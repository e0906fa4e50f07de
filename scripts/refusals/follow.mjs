// What can run when a procedure is called: every name is followed to what it stands for.
import ts from 'typescript-6';
import { functionCalled } from './implementations.mjs';
import { reasonsOf } from './reasons.mjs';
import { isOurs, isRefusal, isSignature, place, resolved, visit } from './syntax.mjs';

/** What has no implementation here, and why it need not be followed. */
const outside = {
  Hooks: 'an application’s own code, which may refuse with any reason',
  CookieSink: 'the transport, which only writes headers',
  Waiter: 'a promise of the one who waits in the queue',
  Host: 'the process around the core',
  FetchedKeys: 'a library’s keeper of the keys it fetched',
  Clock: 'the host',
  Random: 'the host',
  Jobs: 'the host',
  Log: 'the host',
};

/** Everything that can run when `start` does. Answers where each reason comes from. */
export function follow({ checker, implementations, given, lost }, start) {
  const refusals = new Set();
  const calls = new Map();
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
      const owner = ts.findAncestor(declaration, ts.isTypeAliasDeclaration)?.name.getText() ?? '?';
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
        if (isRefusal(checker, inner)) refusals.add(inner);
        const called = ts.isCallExpression(inner) && functionCalled(checker, inner);
        if (called) calls.set(called, [...(calls.get(called) ?? []), inner]);
        if (ts.isShorthandPropertyAssignment(inner)) enter(checker.getShorthandAssignmentValueSymbol(inner), inner);
        else if (ts.isIdentifier(inner) && !ts.isPropertyAssignment(inner.parent)) enter(resolved(checker, inner), inner);
        else if (ts.isIdentifier(inner) && inner.parent.initializer === inner) enter(resolved(checker, inner), inner);
      },
      isSwallowing,
    );
  }
  return reasonsOf({ checker, calls, lost }, refusals);
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
