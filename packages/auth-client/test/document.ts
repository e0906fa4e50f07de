import { Window } from 'happy-dom';

// Libraries look for a document once, when they are loaded: this is to be imported before them.
const browser = new Window({ url: 'http://localhost/' });
Object.assign(globalThis, { window: browser, document: browser.document });
if (!('navigator' in globalThis)) Object.assign(globalThis, { navigator: browser.navigator });
