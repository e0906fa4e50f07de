import { expect, test } from 'vitest';
import { createCallGate } from './call-gate.ts';

/** Work that ends when it is told to. */
function workToEnd() {
  let end: (value: string) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const promise = new Promise<string>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  return { start: () => promise, end, fail };
}

const refused = (answer: Promise<unknown>) => answer.then(() => null).catch((error) => error.reason ?? error.cause?.reason);

test('so many calls are under way, and the next is turned away without having begun (R-STO-06)', async () => {
  const gate = createCallGate(2);
  const [one, two] = [workToEnd(), workToEnd()];
  const answers = [gate(60, one.start), gate(60, two.start)];
  let began = false;
  const third = async () => {
    began = true;
    return 'third';
  };
  expect(await refused(gate(60, third))).toBe('overloaded');
  expect(began).toBe(false);
  one.end('one');
  two.fail(new Error('two'));
  expect(await Promise.allSettled(answers)).toMatchObject([{ value: 'one' }, { reason: new Error('two') }]);
  expect(await gate(60, third)).toBe('third');
});

test('a call that was answered because it took too long counts until its work has ended (R-STO-06)', async () => {
  const gate = createCallGate(1);
  const slow = workToEnd();
  expect(await refused(gate(0.01, slow.start))).toBe('overloaded');
  const next = () => Promise.resolve('next');
  expect(await refused(gate(60, next))).toBe('overloaded');
  slow.end('at last');
  await slow.start();
  expect(await gate(60, next)).toBe('next');
});
