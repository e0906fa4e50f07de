import type { CSSProperties, ReactElement } from 'react';
import type { MailSite, RenderedParts } from './mail-template.ts';

/** The words of one mail. Both its parts are made from these, so that they always say the same. */
export type Letter = {
  /** Fixed text: it becomes a header, where nothing a user typed belongs. */
  subject: string;
  /** What happened, a paragraph each. */
  paragraphs: readonly string[];
  link?: { label: string; url: string };
  /** Label and value: when, from where. */
  facts?: readonly (readonly [label: string, value: string])[];
  /** What to do if it was not the reader who did this. */
  advice: string;
};

const font: CSSProperties = { fontFamily: 'Helvetica, Arial, sans-serif', fontSize: 16, lineHeight: '24px', color: '#1f2328' };
const page: CSSProperties = { ...font, margin: 0, padding: 24, backgroundColor: '#f4f5f7' };
const card: CSSProperties = { maxWidth: 560, width: '100%', backgroundColor: '#ffffff', borderRadius: 8 };
const button: CSSProperties = {
  display: 'inline-block',
  padding: '12px 20px',
  borderRadius: 6,
  backgroundColor: '#1f4fd8',
  color: '#ffffff',
  textDecoration: 'none',
};
const small: CSSProperties = { ...font, fontSize: 13, lineHeight: '20px', color: '#59636e', wordBreak: 'break-all' };
const label: CSSProperties = { ...font, padding: '2px 16px 2px 0', color: '#59636e', verticalAlign: 'top' };
const value: CSSProperties = { ...font, padding: '2px 0', wordBreak: 'break-word' };

/** Writes a letter as a mail: a plain table layout that every mail program shows, and a text with each link on its own line. */
export function composeLetter(letter: Letter, site: MailSite): RenderedParts {
  return { subject: letter.subject, html: <LetterDocument letter={letter} site={site} />, text: letterText(letter, site) };
}

function letterText({ subject, paragraphs, link, facts = [], advice }: Letter, site: MailSite): string {
  const blocks = [subject, ...paragraphs];
  if (link) blocks.push(`${link.label}:\n${link.url}`);
  if (facts.length > 0) blocks.push(facts.map(([name, shown]) => `${name}: ${shown}`).join('\n'));
  return `${[...blocks, advice, `${site.name}\n${site.publicUrl}`].join('\n\n')}\n`;
}

function LetterDocument({ letter, site }: { letter: Letter; site: MailSite }): ReactElement {
  return (
    <html lang="en">
      <head>
        <meta httpEquiv="Content-Type" content="text/html; charset=utf-8" />
        <meta name="viewport" content="width=device-width" />
        {/* Numbers and names in a stranger's user agent must not become something to tap on. */}
        <meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no" />
        <title>{letter.subject}</title>
      </head>
      <body style={page}>
        <table role="presentation" align="center" cellPadding={0} cellSpacing={0} border={0} style={card}>
          <tbody>
            <tr>
              <td style={{ padding: 32 }}>
                <h1 style={{ ...font, margin: 0, fontSize: 22, lineHeight: '30px' }}>{letter.subject}</h1>
                {letter.paragraphs.map((paragraph) => (
                  <p key={paragraph}>{paragraph}</p>
                ))}
                {letter.link && <LetterLink {...letter.link} />}
                {letter.facts && <FactTable facts={letter.facts} />}
                <p>{letter.advice}</p>
                <p style={small}>
                  {site.name}
                  <br />
                  <a href={site.publicUrl}>{site.publicUrl}</a>
                </p>
              </td>
            </tr>
          </tbody>
        </table>
      </body>
    </html>
  );
}

function LetterLink({ label: text, url }: { label: string; url: string }): ReactElement {
  return (
    <>
      <p>
        <a href={url} style={button}>
          {text}
        </a>
      </p>
      <p style={small}>
        If the button does not work, open this address:
        <br />
        <a href={url}>{url}</a>
      </p>
    </>
  );
}

function FactTable({ facts }: { facts: readonly (readonly [string, string])[] }): ReactElement {
  return (
    <table cellPadding={0} cellSpacing={0} border={0}>
      <tbody>
        {facts.map(([name, shown]) => (
          <tr key={name}>
            <th scope="row" align="left" style={{ ...label, fontWeight: 'normal' }}>
              {name}
            </th>
            <td style={value}>{shown}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
