import { useQuery } from '@tanstack/react-query';
import { notesApi } from './clients.ts';

export function SharedNotes() {
  const shared = useQuery(notesApi.shared.queryOptions());
  if (!shared.data?.length) return null;
  return (
    <section aria-label="Shared notes">
      <h2>Shared by everybody</h2>
      <ul>
        {shared.data.map(({ id, text, author }) => (
          <li key={id}>
            <span>{text}</span>
            <small>{author ?? 'somebody'}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}
