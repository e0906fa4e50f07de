import { expect, test } from 'vitest';
import { Refusal } from '../refusal.ts';
import { createHashQueue, type HashQueue, hashQueueOptions } from './hash-queue.ts';

const options = { concurrency: 2, maxWaiting: 8, maxWaitMilliseconds: 60_000, sharePerClient: 0.25 };

/** Work that ends when it is told to, and how much of it ran at once. */
function heldWork() {
  const ends: (() => void)[] = [];
  let running = 0;
  let most = 0;
  return {
    most: () => most,
    work: () =>
      new Promise<string>((resolve) => {
        running += 1;
        most = Math.max(most, running);
        ends.push(() => {
          running -= 1;
          resolve('done');
        });
      }),
    /** Lets whatever runs end, and whatever begins by it, until nothing is left. */
    async finish(queue: HashQueue) {
      while (queue.depth().running > 0) {
        for (const end of ends.splice(0)) end();
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

const settled = (asked: Promise<string>[]) =>
  Promise.all(
    asked.map((each) =>
      each.then(
        () => 'done',
        (error) => (error instanceof Refusal ? error.reason : error),
      ),
    ),
  );
const count = (answers: string[], wanted: string) => answers.filter((answer) => answer === wanted).length;

test('so many run at once, so many wait, and the rest is told to come back in one to three seconds (R-OPS-03)', async () => {
  const queue = createHashQueue(options);
  const { work, most, finish } = heldWork();
  const asked = Array.from({ length: 30 }, (_, index) => queue.run(`192.0.2.${index}`, work));
  const answers = settled(asked);
  expect(queue.depth()).toEqual({ running: 2, waiting: 8, shed: 20 });
  await expect(asked[29]).rejects.toSatisfy(({ retryAfterSeconds }) => [1, 2, 3].includes(retryAfterSeconds));
  await finish(queue);
  expect(count(await answers, 'done')).toBe(10);
  expect(count(await answers, 'overloaded')).toBe(20);
  expect(most()).toBe(2);
  expect(queue.depth()).toMatchObject({ running: 0, waiting: 0 });
});

test('whether there is room is known before any work begins, and asking takes none (R-OPS-03)', async () => {
  const queue = createHashQueue(options);
  const { work, finish } = heldWork();
  queue.refuseWhenFull('192.0.2.1');
  const answers = settled(Array.from({ length: 10 }, (_, index) => queue.run(`192.0.2.${index}`, work)));
  expect(() => queue.refuseWhenFull('192.0.2.99')).toThrow(Refusal);
  expect(queue.depth()).toMatchObject({ running: 2, waiting: 8 });
  await finish(queue);
  expect(count(await answers, 'done')).toBe(10);
  queue.refuseWhenFull('192.0.2.99');
});

test.each([
  ['one address', (index: number) => (index >= 0 ? '192.0.2.1' : '')],
  ['the addresses of one network', (index: number) => `2001:db8:1:2::${index.toString(16)}`],
  ['callers without an address', () => null],
])('%s cannot fill the line: there is room for others (R-OPS-03)', async (_, addressOf) => {
  const queue = createHashQueue(options);
  const { work, finish } = heldWork();
  const flood = settled(Array.from({ length: 40 }, (_, index) => queue.run(addressOf(index), work)));
  // Two run, and half the line is anybody's.
  expect(queue.depth()).toMatchObject({ running: 2, waiting: 4 });
  const others = settled(Array.from({ length: 4 }, (_, index) => queue.run(`198.51.100.${index}`, work)));
  await finish(queue);
  expect(await others).toEqual(['done', 'done', 'done', 'done']);
  expect(count(await flood, 'done')).toBe(6);
});

test('who waited too long is told so when the turn comes, and the next one has it (R-OPS-03)', async () => {
  const queue = createHashQueue({ ...options, concurrency: 1, maxWaitMilliseconds: -1 });
  const { work, finish } = heldWork();
  const answers = settled([queue.run(null, work), queue.run('192.0.2.1', work), queue.run('192.0.2.2', work)]);
  await finish(queue);
  expect(await answers).toEqual(['done', 'overloaded', 'overloaded']);
});

test('work that fails gives its place to the next (R-OPS-03)', async () => {
  const queue = createHashQueue({ ...options, concurrency: 1 });
  const failing = queue.run(null, () => Promise.reject(new Error('no')));
  const next = queue.run(null, async () => 'done');
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('done');
});

test.each([
  { cores: 1, threads: 5, hash: 250, concurrency: 1, maxWaiting: 4 },
  { cores: 2, threads: 6, hash: 250, concurrency: 2, maxWaiting: 8 },
  { cores: 2, threads: 4, hash: 60, concurrency: 2, maxWaiting: 33 },
  { cores: 8, threads: 12, hash: 250, concurrency: 7, maxWaiting: 28 },
  { cores: 8, threads: 4, hash: 250, concurrency: 2, maxWaiting: 8 },
  { cores: 8, threads: 1, hash: 250, concurrency: 1, maxWaiting: 4 },
])('with $cores cores and $threads threads $concurrency hashes run, and $maxWaiting wait about a second (R-OPS-03)', (machine) => {
  const { cores, threads, hash, concurrency, maxWaiting } = machine;
  const sized = hashQueueOptions(hash, cores, threads, true);
  expect(sized).toMatchObject({ concurrency, maxWaiting, maxWaitMilliseconds: 1000, sharePerClient: 0.25 });
  // DNS and files share these threads.
  expect(threads - sized.concurrency).toBeGreaterThanOrEqual(Math.min(2, threads - 1));
});
