import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { type NotesWorld, newWriter, openNotesWorld, reasonOf } from './notes-world.ts';

let world: NotesWorld;
beforeEach(async () => {
  world = await openNotesWorld(inject('databaseUrl'));
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await world.close();
});

test('while the auth server is away, notes work until the token is over, and nobody is signed out', async () => {
  const writer = await newWriter(world);
  await writer.notes.add.mutate({ text: 'before', isShared: true });
  await world.auth.stop();
  await writer.notes.add.mutate({ text: 'meanwhile' });
  world.pass(3 * 60);
  expect((await writer.notes.list.query()).map(({ text }) => text)).toEqual(['meanwhile', 'before']);
  expect((await writer.notes.shared.query())[0]?.author).toBeNull();
  world.pass(3 * 60);
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: Date.now() });
  const late = writer.notes.list.query().catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(String(await late)).toContain('Nobody was signed out');
});

test('a service that starts while the auth server is away says that it cannot know who calls', async () => {
  const writer = await newWriter(world);
  await world.auth.stop();
  const restarted = await world.startAnother();
  const answer = await fetch(`${restarted.url}/trpc/notes.list`, { headers: { authorization: writer.bearer } });
  expect([answer.status, (await answer.json()).error.data.reason]).toEqual([503, 'overloaded']);
  expect(await reasonOf(writer.notes.remove.mutate({ id: crypto.randomUUID() }))).toBe('overloaded');
});
