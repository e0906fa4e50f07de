import { useEffect, useRef, useState } from 'react';
import { type Problem, problemOf } from './problem.ts';

/** One procedure as a screen sees it. A failed call keeps the last `outcome`. */
export type Call<Input, Outcome> = {
  outcome: Outcome | null;
  problem: Problem | null;
  isBusy: boolean;
  send: (input: Input) => Promise<void>;
};

/** Calls `procedure` when asked to, one call at a time: a second click while one is under way does nothing. */
export function useCall<Input, Outcome>(procedure: (input: Input) => Promise<Outcome>): Call<Input, Outcome> {
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const isUnderWay = useRef(false);

  async function send(input: Input): Promise<void> {
    if (isUnderWay.current) return;
    isUnderWay.current = true;
    setIsBusy(true);
    setProblem(null);
    try {
      setOutcome(await procedure(input));
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      isUnderWay.current = false;
      setIsBusy(false);
    }
  }

  return { outcome, problem, isBusy, send };
}

/** Runs `start` once in the life of a screen; StrictMode, which runs effects twice, makes no second call. */
export function useOnce(start: () => void): void {
  const isStarted = useRef(false);
  useEffect(() => {
    if (isStarted.current) return;
    isStarted.current = true;
    start();
  });
}
