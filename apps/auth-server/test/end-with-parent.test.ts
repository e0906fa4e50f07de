import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { end, isAlive } from './postgres-owner.ts';
import { endWithParent } from './start-server.ts';
import { until } from './until.ts';

test('what a test started ends with its process, also when that is killed', async () => {
  const child = [...endWithParent, '-e', 'setInterval(() => {}, 60_000)'].map((text) => text.replace(`${process.pid}`, '<parent>'));
  const program = `
    const { spawn } = require('node:child_process');
    console.log(spawn(process.execPath, ${JSON.stringify(child)}.map((text) => text.replace('<parent>', process.pid)), { detached: true, stdio: 'ignore' }).pid);
    setInterval(() => {}, 60_000);`;
  const parent = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  parent.stdout.on('data', (text) => {
    said += text;
  });
  await until(() => said.endsWith('\n'));
  const pid = Number(said);
  expect(isAlive(pid)).toBe(true);
  await end(parent, 'SIGKILL');
  await until(() => !isAlive(pid));
});
