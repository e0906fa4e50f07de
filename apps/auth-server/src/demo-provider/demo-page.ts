import { demoPeople } from './demo-people.ts';

/** The page's own style, forms that post to it, and nothing else. */
export const demoContentSecurityPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const style = `
  body { max-width: 28rem; margin: 8vh auto 2rem; padding: 0 1.5rem; font: 1rem/1.5 system-ui, sans-serif; color: #1f2328; background: #fff8e6; }
  h1 { font-size: 1.5rem; line-height: 1.25; }
  h2 { margin: 2rem 0 0.5rem; font-size: 1.1rem; }
  form { margin: 0 0 0.5rem; }
  button { width: 100%; padding: 0.6rem 0.9rem; border: 1px solid #b08800; border-radius: 8px; background: #fff; font: inherit; text-align: left; cursor: pointer; }
  button span { display: block; color: #59636e; font-size: 0.9rem; }
  button.plain { text-align: center; }
  label { display: block; margin: 0.5rem 0; }
  input[type=text], input[type=email] { width: 100%; padding: 0.5rem; border: 1px solid #8c959f; border-radius: 6px; font: inherit; box-sizing: border-box; }
`;

/** Who is to be logged in? `action` takes the answer. */
export function renderDemoPage(action: string): string {
  const choices = demoPeople.map(
    ({ sub, name, about }) =>
      `<form method="post" action="${action}"><input type="hidden" name="person" value="${sub}"><button>${name}<span>${about}</span></button></form>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Demo provider</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Demo provider</h1>
<p>This stands in for Google, GitHub and the like on a developer's machine. Nothing leaves it, and no password is asked for.</p>
<h2>Log in as</h2>
${choices.join('\n')}
<h2>Somebody else</h2>
<form method="post" action="${action}">
<input type="hidden" name="person" value="own">
<label>Name <input type="text" name="name" maxlength="100" required autocomplete="off"></label>
<label>E-mail address (may be left out) <input type="email" name="email" maxlength="254" autocomplete="off"></label>
<label><input type="checkbox" name="verified" checked> The provider has verified the address</label>
<button class="plain">Log in</button>
</form>
<h2>Or</h2>
<form method="post" action="${action}"><input type="hidden" name="person" value="nobody"><button class="plain">Refuse to log in</button></form>
</main>
</body>
</html>
`;
}
