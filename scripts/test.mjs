// `npm test`: every check and every test, then one closing line that counts them.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepare, root, run } from './prepare.mjs';

/** Each is one Node.js program with its arguments. */
const checks = [
  { name: 'lint', program: 'node_modules/@biomejs/biome/bin/biome', args: ['check', '.'] },
  { name: 'types', program: 'node_modules/typescript/bin/tsc', args: ['-p', 'tsconfig.test.json', '--noEmit'] },
  { name: 'types of the web app', program: 'node_modules/typescript/bin/tsc', args: ['-p', 'apps/web'] },
  {
    name: 'types of the example’s page',
    program: 'node_modules/typescript/bin/tsc',
    args: ['-p', 'apps/example-service/tsconfig.page.json'],
  },
  { name: 'architecture', program: 'scripts/check-architecture.mjs', args: [] },
  { name: 'unused code', program: 'node_modules/knip/bin/knip.js', args: [] },
  { name: 'refusals', program: 'scripts/check-refusals.mjs', args: [] },
  { name: 'declarations', program: 'scripts/check-declarations.mjs', args: [] },
  { name: 'public exports', program: 'scripts/api-docs.mjs', args: ['--check'] },
  { name: 'type budget', program: 'scripts/check-type-budget.mjs', args: [] },
  { name: 'client size', program: 'scripts/check-client-size.mjs', args: [] },
  { name: 'packages', program: 'scripts/check-packages.mjs', args: [] },
  { name: 'documentation', program: 'scripts/check-docs.mjs', args: [] },
];

const total = { passed: 0, failed: 0 };

function count({ passed, failed }) {
  total.passed += passed;
  total.failed += failed;
}

function runCheck({ name, program, args }) {
  console.log(`\n── ${name}`);
  const ok = run(process.execPath, [join(root, program), ...args]) === 0;
  if (!ok) console.log(`── ${name}: failed`);
  return ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

function runTests() {
  console.log('\n── tests');
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-report-'));
  try {
    const report = join(directory, 'vitest.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const code = run(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...reporters]);
    return countTests(report, code);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function countTests(report, code) {
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  // A file that fails outside its tests, and an error outside every file, have no test to their name.
  const brokenFiles = testResults.filter(({ status, assertionResults }) => {
    return status === 'failed' && !assertionResults.some((test) => test.status === 'failed');
  });
  const failed = numFailedTests + brokenFiles.length;
  return { passed: numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed };
}

try {
  prepare(['apps/web', 'apps/example-service']);
  for (const check of checks) count(runCheck(check));
  count(runTests());
} catch (error) {
  console.error(error.message);
  count({ passed: 0, failed: 1 });
}
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
