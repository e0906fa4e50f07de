// Which refusals each procedure of the router can reach, by the compiler's own knowledge of the code.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript-6';
import { root } from './prepare.mjs';

const routerEntry = join(root, 'packages/auth-router/src/auth-router.ts');
const coreEntry = join(root, 'packages/user-core/src/user-core.ts');
const listEntry = join(root, 'packages/auth-router/src/procedure-refusals.ts');

/** What has no implementation here, and why it need not be followed. */
const outside = {
  Hooks: 'an application’s own code, which may refuse with any reason',
  CookieSink: 'the transport, which only writes headers',
  Waiter: 'a promise of the one who waits in the queue',
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
  const lost = new Set();

  const entry = program.getSourceFile(routerEntry);
  const procedures = readRouters(checker, entry).map(({ path, type, node }) => {
    const found = follow({ checker, implementations, lost }, node);
    return { path, type, reasons: found };
  });
  return { procedures, listed: readListed(program, checker), gate: refusalsOfServer(lost), lost: [...lost] };
}

function createProgram(replaced) {
  const options = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    types: ['node'],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (name, version) => {
    const text = replaced.get(name.slice(root.length));
    return text === undefined ? getSourceFile.call(host, name, version) : ts.createSourceFile(name, text, version, true);
  };
  const cache = ts.createModuleResolutionCache(root, (name) => name, options);
  const sources = { '@latchkey/user-core': coreEntry, '@latchkey/auth-router': routerEntry };
  host.resolveModuleNameLiterals = (literals, containing, redirected, compilerOptions, file) =>
    literals.map((literal) => {
      const source = sources[literal.text];
      if (source) return { resolvedModule: { resolvedFileName: source, extension: '.ts', isExternalLibraryImport: false } };
      const mode = ts.getModeForUsageLocation(file, literal, compilerOptions);
      return ts.resolveModuleName(literal.text, containing, compilerOptions, host, cache, redirected, mode);
    });
  return ts.createProgram({ rootNames: [routerEntry, listEntry], options, host });
}

/** Where the members of our own types are implemented: by object literals that are declared to be of such a type. */
function indexImplementations(checker, files) {
  const implementations = new Map();
  const implement = (literal, type) => {
    for (const member of literal.properties) {
      const property = member.name && type.getNonNullableType().getProperty(member.name.getText());
      for (const declaration of property?.declarations ?? []) {
        if (!isSignature(declaration)) continue;
        implementations.set(declaration, [...(implementations.get(declaration) ?? []), member]);
        const inner = ts.isPropertyAssignment(member) && bare(member.initializer);
        if (inner && ts.isObjectLiteralExpression(inner)) implement(inner, checker.getTypeOfSymbol(property));
      }
    }
  };
  const declare = (expression, typeNode) => {
    const node = expression && bare(expression);
    if (node && ts.isObjectLiteralExpression(node)) implement(node, checker.getTypeFromTypeNode(unpromised(typeNode)));
  };
  for (const file of files) {
    visit(file, (node) => {
      if (ts.isVariableDeclaration(node) && node.type) declare(node.initializer, node.type);
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
function follow({ checker, implementations, lost }, start) {
  const reasons = new Map();
  const seen = new Set();
  const open = [start];
  const enter = (symbol, from) => {
    for (const declaration of symbol?.declarations ?? []) {
      if (!isOurs(declaration.getSourceFile().fileName)) continue;
      if (ts.isShorthandPropertyAssignment(declaration)) enter(checker.getShorthandAssignmentValueSymbol(declaration), from);
      else if (ts.isBindingElement(declaration)) enter(propertyBehind(checker, declaration), from);
      else if (isSignature(declaration)) enterSignature(declaration, from);
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
  while (open.length > 0) {
    const node = open.pop();
    if (seen.has(node)) continue;
    seen.add(node);
    visit(node, (inner) => {
      if (isRefusal(checker, inner)) collect(checker, inner, reasons, lost);
      if (ts.isShorthandPropertyAssignment(inner)) enter(checker.getShorthandAssignmentValueSymbol(inner), inner);
      else if (ts.isIdentifier(inner) && !ts.isPropertyAssignment(inner.parent)) enter(resolved(checker, inner), inner);
      else if (ts.isIdentifier(inner) && inner.parent.initializer === inner) enter(resolved(checker, inner), inner);
    });
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

/** What the server says by itself, before a procedure is reached: read off the text, whose reasons stand in it. */
function refusalsOfServer(lost) {
  const found = new Map();
  const folder = join(root, 'apps/auth-server/src');
  for (const name of readdirSync(folder, { recursive: true }).filter((path) => /\.tsx?$/.test(path) && !path.includes('.test'))) {
    const text = readFileSync(join(folder, name), 'utf8');
    if (!text.includes('new Refusal(')) continue;
    const file = ts.createSourceFile(join(folder, name), text, ts.ScriptTarget.ES2023, true);
    visit(file, (node) => {
      if (!ts.isNewExpression(node) || node.expression.getText() !== 'Refusal') return;
      const reasons = literalsOf(node.arguments[0]);
      if (reasons.length === 0) lost.add(`${place(node)}: the reason of this refusal cannot be read`);
      for (const reason of reasons) found.set(reason, place(node));
    });
  }
  return found;
}

/** A literal, or those that the parameter of this name may be. */
function literalsOf(argument) {
  if (ts.isStringLiteral(argument)) return [argument.text];
  const maker = ts.findAncestor(argument, (node) => ts.isFunctionLike(node));
  const type = maker?.parameters.find((parameter) => parameter.name.getText() === argument.getText())?.type;
  const types = type && ts.isUnionTypeNode(type) ? type.types : [type];
  return types.flatMap((each) => (each && ts.isLiteralTypeNode(each) && ts.isStringLiteral(each.literal) ? [each.literal.text] : []));
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

function isRefusal(checker, node) {
  return ts.isNewExpression(node) && resolved(checker, node.expression)?.name === 'Refusal';
}

function resolved(checker, node) {
  const symbol = checker.getSymbolAtLocation(node);
  return symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
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

function isSignature(declaration) {
  return ts.isPropertySignature(declaration) || ts.isMethodSignature(declaration);
}

function isOurs(fileName) {
  return fileName.startsWith(root) && !fileName.includes('/node_modules/') && !fileName.endsWith('.d.ts');
}

function bare(expression) {
  return ts.isAsExpression(expression) || ts.isParenthesizedExpression(expression) ? bare(expression.expression) : expression;
}

/** Every node of an expression or statement, itself included; types have nothing that runs. */
function visit(node, look) {
  if (ts.isTypeNode(node)) return;
  look(node);
  ts.forEachChild(node, (child) => visit(child, look));
}

function place(node) {
  const file = node.getSourceFile();
  return `${file.fileName.slice(root.length)}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
}
