import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type NotesWorld, newWriter, openNotesWorld, reasonOf } from './notes-world.ts';

let world: NotesWorld;
beforeAll(async () => {
  world = await openNotesWorld(inject('databaseUrl'));
});
afterAll(() => world.close());

test('a person adds, lists and removes notes, the newest first, and nobody is asked who they are', async () => {
  const { notes } = await newWriter(world);
  const first = await notes.add.mutate({ text: '  the first ' });
  await notes.add.mutate({ text: 'the second' });
  expect((await notes.list.query()).map(({ text }) => text)).toEqual(['the second', 'the first']);
  expect(Object.keys(first).sort()).toEqual(['createdAt', 'id', 'isShared', 'text']);
  expect(await notes.remove.mutate({ id: first.id })).toEqual({ status: 'removed' });
  expect((await notes.list.query()).map(({ text }) => text)).toEqual(['the second']);
  expect(world.auth.requests.filter((request) => !request.endsWith('jwks.json'))).toEqual([]);
});

test('a person’s notes are theirs only: another one neither sees nor removes them', async () => {
  const [ada, bob] = [await newWriter(world), await newWriter(world)];
  const { id } = await ada.notes.add.mutate({ text: 'for nobody else' });
  expect(await bob.notes.list.query()).toEqual([]);
  expect(await bob.notes.shared.query()).not.toContainEqual(expect.objectContaining({ id }));
  expect(await reasonOf(bob.notes.remove.mutate({ id }))).toBe('not_found');
  expect(await ada.notes.list.query()).toHaveLength(1);
});

test('a shared note shows its author by name, asked for by the service itself, and never by address', async () => {
  const [ada, bob] = [await newWriter(world), await newWriter(world)];
  await ada.auth.auth.updateUser.mutate({ firstName: 'Ada', lastName: 'Lovelace' });
  await ada.notes.add.mutate({ text: 'for everybody', isShared: true });
  await bob.notes.add.mutate({ text: 'for everybody too', isShared: true });
  world.auth.requests.length = 0;
  const shared = await bob.notes.shared.query();
  expect(shared.map(({ text, author }) => [text, author])).toEqual([
    ['for everybody too', bob.username],
    ['for everybody', 'Ada Lovelace'],
  ]);
  expect(world.auth.requests).toEqual(['POST auth.serviceToken', 'GET auth.users.find']);
  expect(JSON.stringify(shared)).not.toContain('@');
});

test('a note that does not fit, and one too many, are refused with a reason', async () => {
  const { notes } = await newWriter(world);
  expect(await reasonOf(notes.add.mutate({ text: ' ' }))).toBe('invalid_input');
  expect(await reasonOf(notes.add.mutate({ text: 'x'.repeat(501) }))).toBe('invalid_input');
  expect(await reasonOf(notes.add.mutate({ text: 'mine', userId: 'somebody' } as { text: string }))).toBe('invalid_input');
  await Promise.all(Array.from({ length: 100 }, (_, count) => notes.add.mutate({ text: `number ${count}` })));
  expect(await reasonOf(notes.add.mutate({ text: 'one too many' }))).toBe('too_many_notes');
});

test('calls of one moment share requests, ten at most, and all are answered', async () => {
  const { notes } = await newWriter(world);
  const answers = await Promise.all(Array.from({ length: 25 }, () => notes.shared.query()));
  expect(answers.every((shared) => Array.isArray(shared))).toBe(true);
  const tooMany = `${world.url}/trpc/${Array.from({ length: 11 }, () => 'notes.list').join(',')}?batch=1`;
  expect((await fetch(tooMany)).status).toBe(400);
});
