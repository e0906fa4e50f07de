import type { Problem } from '../problem.ts';

/** What went wrong, read out as soon as it appears, with what to mend in single fields. */
export function ProblemMessage({ id, problem }: { id?: string; problem: Problem | null }) {
  if (!problem) return null;
  return (
    <div id={id} role="alert" className="wrong">
      {problem.sentence}
      {problem.fields.length > 0 && (
        <ul>
          {problem.fields.map(({ path, code, message }) => (
            <li key={`${path} ${code}`}>{message}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
