import type { Problem } from '../problem.ts';

/** What went wrong, read out as soon as it appears. */
export function ProblemMessage({ problem }: { problem: Problem | null }) {
  if (!problem) return null;
  return (
    <p role="alert" className="wrong">
      {problem.sentence}
    </p>
  );
}
