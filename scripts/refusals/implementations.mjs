// Where what is called by a type is implemented: `core.limits.charge` is a member of a type, and an object literal elsewhere.
import ts from 'typescript-6';
import { bare, isOurs, isSignature, resolved, visit } from './syntax.mjs';

/** Where the members of our own types are implemented: by object literals that are declared to be of such a type. */
export function indexImplementations(checker, files) {
  const implementations = new Map();
  // An object that is made for one call is visited where it is made: for what calls its members there is nothing to follow.
  const implement = (literal, type, isForOneCall) => {
    for (const member of literal.properties) {
      const property = member.name && type.getNonNullableType().getProperty(member.name.getText());
      for (const declaration of property?.declarations ?? []) {
        if (!isSignature(declaration)) continue;
        // What is not called runs where it is made.
        if (checker.getTypeOfSymbol(property).getNonNullableType().getCallSignatures().length > 0)
          implementations.set(declaration, [...(implementations.get(declaration) ?? []), ...(isForOneCall ? [] : [member])]);
        const inner = ts.isPropertyAssignment(member) && bare(member.initializer);
        if (inner && ts.isObjectLiteralExpression(inner)) implement(inner, checker.getTypeOfSymbol(property), isForOneCall);
      }
    }
  };
  const declare = (expression, typeNode, isForOneCall = false) => {
    const node = expression && bare(expression);
    if (node && ts.isObjectLiteralExpression(node)) implement(node, checker.getTypeFromTypeNode(unpromised(typeNode)), isForOneCall);
  };
  for (const file of files) {
    visit(file, (node) => {
      if (ts.isVariableDeclaration(node) && node.type) declare(node.initializer, node.type);
      if (ts.isCallExpression(node) && node.arguments.some(ts.isObjectLiteralExpression)) {
        const parameters = functionCalled(checker, node)?.parameters ?? [];
        for (const [index, { type }] of parameters.entries()) if (type) declare(node.arguments[index], type, true);
      }
      if (!ts.isFunctionLike(node) || !node.type || !node.body) return;
      if (!ts.isBlock(node.body)) declare(node.body, node.type);
      else for (const statement of node.body.statements) if (ts.isReturnStatement(statement)) declare(statement.expression, node.type);
    });
  }
  return implementations;
}

/** The type that an async function answers. */
function unpromised(typeNode) {
  return ts.isTypeReferenceNode(typeNode) && typeNode.typeName.getText() === 'Promise' ? typeNode.typeArguments[0] : typeNode;
}

/** By parameter, what it is given wherever its function is called: for procedures that are made of others. */
export function indexArguments(checker, files) {
  const given = new Map();
  for (const file of files) {
    visit(file, (node) => {
      if (!ts.isCallExpression(node)) return;
      for (const [index, parameter] of (functionCalled(checker, node)?.parameters ?? []).entries()) {
        const argument = node.arguments[index];
        if (argument && ts.isIdentifier(argument)) given.set(parameter, [...(given.get(parameter) ?? []), argument]);
      }
    });
  }
  return given;
}

/** The function of ours that is called by its name; nothing otherwise. */
export function functionCalled(checker, call) {
  const declaration = ts.isIdentifier(call.expression) ? resolved(checker, call.expression)?.valueDeclaration : undefined;
  return declaration && ts.isFunctionDeclaration(declaration) && isOurs(declaration.getSourceFile().fileName) ? declaration : undefined;
}
