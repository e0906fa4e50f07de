import { type HTMLInputAutoCompleteAttribute, useContext, useId } from 'react';
import { ProblemContext } from './problem-context.ts';

export type TextFieldProps = {
  label: string;
  /** The name of the input in the procedure: refusals name fields by it. */
  name: string;
  autoComplete: HTMLInputAutoCompleteAttribute;
  type?: 'text' | 'email' | 'password';
  hint?: string;
  isOptional?: boolean;
  initial?: string | undefined;
};

/** One labelled input, described by its hint and, when it was refused, by the message that says why. */
export function TextField({ label, name, autoComplete, type = 'text', hint, isOptional = false, initial }: TextFieldProps) {
  const id = useId();
  const { id: problemId, problem } = useContext(ProblemContext);
  const isWrong = problem?.fields.some(({ path }) => path === name) ?? false;
  const described = [hint && `${id}-hint`, isWrong && problemId].filter(Boolean).join(' ');
  return (
    <div>
      <label htmlFor={id}>{isOptional ? `${label} (optional)` : label}</label>
      <input
        id={id}
        name={name}
        type={type}
        autoComplete={autoComplete}
        autoCapitalize="none"
        spellCheck={false}
        required={!isOptional}
        defaultValue={initial}
        aria-invalid={isWrong}
        aria-describedby={described || undefined}
      />
      {hint && (
        <p id={`${id}-hint`} className="hint">
          {hint}
        </p>
      )}
    </div>
  );
}
