import { expect, inject, test } from 'vitest';
import { startNewServer } from '../new-server.ts';
import { newPerson } from '../person.ts';
import { runServerToItsEnd } from '../start-server.ts';

test.each(['7', '0', '-8', '8.5', '129', 'eight'])(
  'a server is not started with a least password length of %s (R-PWD-01)',
  async (PASSWORD_MIN_LENGTH) => {
    const { code, output } = await runServerToItsEnd({ PASSWORD_MIN_LENGTH });
    expect(code).toBe(1);
    expect(output).toMatch(/PASSWORD_MIN_LENGTH must be a whole number from 8 to 128/);
  },
);

test('a higher least length holds, in code points (R-PWD-01)', async () => {
  const server = await startNewServer(inject('databaseUrl'), { env: { PASSWORD_MIN_LENGTH: '15' } });
  try {
    const { browser, email } = newPerson(server.url);
    const refused = await browser.call('registration.register', { email, password: '🐶🐱🐭🐹🐰🦊🐻🐼🐨🐯🦁🐮🐷🐸' });
    expect(refused.status).toBe(400);
    expect(refused.error).toMatchObject({
      reason: 'weak_password',
      fields: [{ path: 'password', message: 'Use at least 15 characters.' }],
    });
    expect((await browser.call('registration.register', { email, password: '🐶🐱🐭🐹🐰🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵' })).status).toBe(200);
  } finally {
    await server.stop();
  }
});
