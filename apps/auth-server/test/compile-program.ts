import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** A program of `test/programs` as the text of a JavaScript module. Throws with the compiler's words when its types are wrong. */
export function compileProgram(name: string): string {
  const outDir = mkdtempSync(join(tmpdir(), 'latchkey-program-'));
  try {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const options = [
      '--ignoreConfig',
      '--rootDir',
      join(root, 'apps/auth-server/test/programs'),
      '--outDir',
      outDir,
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--strict',
      '--skipLibCheck',
    ];
    const source = `apps/auth-server/test/programs/${name}.ts`;
    const { status, stdout } = spawnSync(process.execPath, [tsc, ...options, '--types', 'node', source], { cwd: root, encoding: 'utf8' });
    if (status !== 0) throw new Error(stdout);
    return readFileSync(join(outDir, `${name}.js`), 'utf8');
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
}
