import { deliverEvents, type UserCore, type UserEvent } from '@latchkey/user-core';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { newDetails, signedInPerson, type TestPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;
let other: UserCore;
let heard: UserEvent[];
let subscriber: (event: UserEvent) => Promise<void>;
/** Held up inside its transaction, after its event was written, until it is opened. */
let gate: { userId: string; pass(): Promise<void> } | null;

beforeEach(async () => {
  heard = [];
  gate = null;
  subscriber = async (event) => void heard.push(event);
  const hooks = {
    afterLogin: async (_tx: unknown, user: { id: string }) => {
      if (gate?.userId === user.id) await gate.pass();
    },
  };
  router = await openTestRouter(inject('databaseUrl'), { hooks, subscribers: [(event) => subscriber(event)] });
  other = await router.another();
});
afterEach(() => router.close());

const deliver = () => Promise.all([deliverEvents(router.core), deliverEvents(other)]);
const of = (person: TestPerson) => heard.filter(({ userId }) => userId === person.userId);
const logIn = (person: TestPerson) => router.browser().call('auth.login', { identifier: person.email, password: person.password });

test('two deliverers tell every event once, and those of one user in the order in which they happened', async () => {
  const people = [await signedInPerson(router), await signedInPerson(router), await signedInPerson(router)];
  const ends: (() => void)[] = [];
  const delivering = [router.core, other].map(async (core) => {
    let isOn = true;
    ends.push(() => {
      isOn = false;
    });
    while (isOn) await deliverEvents(core);
  });
  for (let round = 0; round < 3; round += 1) await Promise.all(people.flatMap((person) => [logIn(person), logIn(person), logIn(person)]));
  await Promise.all(people.map(({ browser }) => browser.call('auth.sessions.revokeOthers')));
  for (const end of ends) end();
  await Promise.all(delivering);
  await deliver();

  for (const person of people) {
    const events = of(person);
    expect(events.map(({ id }) => id)).toEqual([...new Set(events.map(({ id }) => id))].sort((a, b) => a - b));
    expect(events.slice(0, 3).map(({ type }) => type)).toEqual(['user.registered', 'user.email_verified', 'user.logged_in']);
    expect(events.filter(({ type }) => type === 'user.logged_in')).toHaveLength(10);
    expect(events.slice(-9).map(({ type }) => type)).toEqual(Array.from({ length: 9 }, () => 'session.revoked'));
  }
});

test('an event with a smaller number that commits later is neither lost nor overtaken by the same user', async () => {
  const [slow, quick] = [await signedInPerson(router), await signedInPerson(router)];
  await deliver();
  heard = [];
  const { promise: entered, resolve: enter } = withResolvers();
  const { promise: opened, resolve: open } = withResolvers();
  gate = {
    userId: slow.userId,
    pass() {
      enter();
      return opened;
    },
  };
  const loggingIn = logIn(slow);
  await entered;
  const revoking = slow.browser.call('auth.sessions.revokeOthers');
  await logIn(quick);
  await deliver();
  expect(heard.map(({ userId, type }) => [userId, type])).toEqual([[quick.userId, 'user.logged_in']]);

  open();
  await loggingIn;
  await revoking;
  await deliver();
  const [loggedIn, revoked] = of(slow);
  expect([loggedIn?.type, revoked?.type]).toEqual(['user.logged_in', 'session.revoked']);
  expect(loggedIn?.id).toBeLessThan(heard[0]?.id ?? 0);
});

test('what is rolled back is never told', async () => {
  const person = await signedInPerson(router);
  await deliver();
  heard = [];
  gate = { userId: person.userId, pass: () => Promise.reject(new Error('the application is broken')) };
  await expect(logIn(person)).rejects.toThrow();
  gate = null;
  await person.browser.call('auth.updateUser', { firstName: 'Ada' });
  await deliver();
  expect(heard).toEqual([]);
});

test('a failing subscriber is told again, under the same number, and holds up only the events of that user', async () => {
  const [unlucky, lucky] = [await signedInPerson(router), await signedInPerson(router)];
  await deliver();
  heard = [];
  let failures = 2;
  subscriber = async (event) => {
    heard.push(event);
    if (event.userId === unlucky.userId && failures > 0) {
      failures -= 1;
      throw new Error('not now');
    }
  };
  await logIn(unlucky);
  await unlucky.browser.call('auth.sessions.revokeOthers');
  await logIn(lucky);
  await deliver();
  expect(of(lucky).map(({ type }) => type)).toEqual(['user.logged_in']);
  for (const seconds of [1, 1, 2, 2, 600]) {
    router.clock.advance(seconds);
    await deliver();
  }
  expect(of(unlucky).map(({ type }) => type)).toEqual(['user.logged_in', 'user.logged_in', 'user.logged_in', 'session.revoked']);
  expect(new Set(of(unlucky).map(({ id }) => id)).size).toBe(2);
});

test('an event that a killed process had taken is told by another one, a minute later', async () => {
  const person = await signedInPerson(router);
  await deliver();
  heard = [];
  await logIn(person);
  const { promise: taken, resolve: take } = withResolvers();
  subscriber = () => {
    take();
    return new Promise(() => {});
  };
  void deliverEvents(router.core);
  await taken;
  subscriber = async (event) => void heard.push(event);
  await deliverEvents(other);
  expect(heard).toEqual([]);
  router.clock.advance(61);
  await deliverEvents(other);
  expect(of(person).map(({ type }) => type)).toEqual(['user.logged_in']);
});

test('a subscriber that never answers is given up, and told again', async () => {
  const person = await signedInPerson(router);
  await deliver();
  await logIn(person);
  let asked = 0;
  subscriber = () => {
    asked += 1;
    return new Promise(() => {});
  };
  expect(await deliverEvents(router.core, 20)).toBe(0);
  router.clock.advance(3);
  expect(await deliverEvents(other, 20)).toBe(0);
  expect(asked).toBe(2);
});

test('a registration is told once it is an account, and a deletion with the address that left', async () => {
  const details = newDetails();
  await router.browser().call('registration.register', details);
  await deliver();
  expect(heard).toEqual([]);
  const person = await signedInPerson(router);
  await person.browser.call('auth.deleteUser');
  await deliver();
  expect(of(person).map(({ type }) => type)).toEqual([
    'user.registered',
    'user.email_verified',
    'user.logged_in',
    'session.revoked',
    'user.deleted',
  ]);
  expect(of(person).at(-1)?.data).toEqual({ email: person.email });
});

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
