import { useMutation, useQuery } from '@tanstack/react-query';
import type { SubmitEvent } from 'react';
import { notesApi, queryClient } from './clients.ts';
import { sentenceOf } from './sentence-of.ts';

export function MyNotes() {
  const onSuccess = () => queryClient.invalidateQueries(notesApi.pathFilter());
  const list = useQuery(notesApi.list.queryOptions());
  const add = useMutation(notesApi.add.mutationOptions({ onSuccess }));
  const remove = useMutation(notesApi.remove.mutationOptions({ onSuccess }));
  const error = list.error ?? add.error ?? remove.error;

  function submit(event: SubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = event.currentTarget;
    const values = new FormData(form);
    add.mutate({ text: String(values.get('text')), isShared: values.has('isShared') }, { onSuccess: () => form.reset() });
  }

  return (
    <section aria-label="My notes">
      <form onSubmit={submit}>
        <label>
          New note
          <input name="text" maxLength={500} required />
        </label>
        <label>
          <input name="isShared" type="checkbox" /> Share it with everybody who is signed in
        </label>
        <button type="submit">Add</button>
      </form>
      {error && <p role="alert">{sentenceOf(error)}</p>}
      <h2>Mine</h2>
      {list.data?.length === 0 && <p>No notes yet.</p>}
      <ul>
        {list.data?.map(({ id, text, isShared }) => (
          <li key={id}>
            <span>
              {text} {isShared && <small>shared</small>}
            </span>
            <button type="button" className="quiet" onClick={() => remove.mutate({ id })}>
              Remove
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
