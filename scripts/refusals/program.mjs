// The router and the core as one program, so that the compiler can say what every name stands for.
import { join } from 'node:path';
import ts from 'typescript-6';
import { root } from '../prepare.mjs';

export const routerEntry = join(root, 'packages/auth-router/src/auth-router.ts');
export const listEntry = join(root, 'packages/auth-router/src/procedure-refusals.ts');
const coreEntry = join(root, 'packages/user-core/src/user-core.ts');

/** `replaced` gives other contents for single files, by their paths from the root. */
export function createProgram(replaced) {
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
