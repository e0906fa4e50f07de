import { Page } from './page.tsx';

export function NotFound() {
  return (
    <Page heading="There is no page here">
      <a href="/">Go to the start</a>
    </Page>
  );
}
