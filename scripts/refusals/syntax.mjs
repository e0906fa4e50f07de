// The few questions that are asked of the code's own nodes.
import ts from 'typescript-6';
import { root } from '../prepare.mjs';

/** Every node of an expression or statement, itself included; types have nothing that runs. */
export function visit(node, look, isSkipped = () => false) {
  if (ts.isTypeNode(node) || isSkipped(node)) return;
  look(node);
  ts.forEachChild(node, (child) => visit(child, look, isSkipped));
}

export function place(node) {
  const file = node.getSourceFile();
  return `${file.fileName.slice(root.length)}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
}

export function bare(expression) {
  return ts.isAsExpression(expression) || ts.isParenthesizedExpression(expression) ? bare(expression.expression) : expression;
}

export function isOurs(fileName) {
  return fileName.startsWith(root) && !fileName.includes('/node_modules/') && !fileName.endsWith('.d.ts');
}

export function isSignature(declaration) {
  return ts.isPropertySignature(declaration) || ts.isMethodSignature(declaration);
}

export function resolved(checker, node) {
  const symbol = checker.getSymbolAtLocation(node);
  return symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

export function isRefusal(checker, node) {
  return ts.isNewExpression(node) && resolved(checker, node.expression)?.name === 'Refusal';
}
