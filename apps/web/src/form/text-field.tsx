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
};

/** One labelled input. A hint, and what is wrong with the value, belong to its description. */
export function TextField({ label, name, autoComplete, type = 'text', hint, isOptional = false }: TextFieldProps) {
  const id = useId();
  const wrong = useContext(ProblemContext)?.fields.get(name);
  const described = [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(' ');
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
        aria-invalid={wrong !== undefined}
        aria-describedby={described || undefined}
      />
      {hint && (
        <p id={`${id}-hint`} className="hint">
          {hint}
        </p>
      )}
      {wrong && (
        <p id={`${id}-wrong`} className="wrong">
          {wrong}
        </p>
      )}
    </div>
  );
}
