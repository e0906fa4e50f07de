import { type ReactNode, useId } from 'react';
import type { Problem } from '../problem.ts';
import { ProblemContext } from './problem-context.ts';
import { ProblemMessage } from './problem-message.tsx';

export type FormProps = {
  submitLabel: string;
  problem: Problem | null;
  isBusy: boolean;
  onSubmit: (values: FormData) => void;
  children?: ReactNode;
};

/** A form whose fields keep what was typed when a call is refused. Its button stays focused while a call is under way. */
export function Form({ submitLabel, problem, isBusy, onSubmit, children }: FormProps) {
  const id = useId();
  return (
    <form
      aria-busy={isBusy}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(new FormData(event.currentTarget));
      }}
    >
      <ProblemContext value={{ id, problem }}>{children}</ProblemContext>
      <ProblemMessage id={id} problem={problem} />
      <button type="submit" aria-disabled={isBusy}>
        {submitLabel}
      </button>
    </form>
  );
}

/** What was typed into a field, unaltered. */
export function typed(values: FormData, name: string): string {
  const value = values.get(name);
  return typeof value === 'string' ? value : '';
}
