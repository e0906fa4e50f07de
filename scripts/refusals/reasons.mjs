// The reasons of refusals: literals, or what a function that makes one was called with.
import ts from 'typescript-6';
import { bare, place, resolved } from './syntax.mjs';

/** By reason, where it is given. `calls` are those of the functions that were reached, and of no others. */
export function reasonsOf({ checker, calls, lost }, refusals) {
  const reasons = new Map();
  for (const refusal of refusals) {
    const found = literalsOf({ checker, calls }, refusal.arguments[0]);
    if (found.length === 0) lost.add(`${place(refusal)}: the reason of this refusal cannot be read`);
    for (const reason of found) reasons.set(reason, reasons.get(reason) ?? place(refusal));
  }
  return reasons;
}

function literalsOf(known, expression, depth = 0) {
  const node = bare(expression);
  if (ts.isStringLiteral(node)) return [node.text];
  if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse].flatMap((each) => literalsOf(known, each, depth));
  const declaration = ts.isIdentifier(node) && depth < 10 ? resolved(known.checker, node)?.valueDeclaration : undefined;
  if (declaration && ts.isVariableDeclaration(declaration) && declaration.initializer)
    return literalsOf(known, declaration.initializer, depth + 1);
  if (declaration && ts.isParameter(declaration) && known.calls.has(declaration.parent)) {
    const index = declaration.parent.parameters.indexOf(declaration);
    return known.calls.get(declaration.parent).flatMap((call) => {
      const given = call.arguments[index] ?? declaration.initializer;
      return given ? literalsOf(known, given, depth + 1) : [];
    });
  }
  const type = known.checker.getTypeAtLocation(node);
  const types = type.isUnion() ? type.types : [type];
  return types.every((each) => each.isStringLiteral()) ? types.map((each) => each.value) : [];
}
