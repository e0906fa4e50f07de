import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';

const cacheDir = fileURLToPath(new URL('../../node_modules/.cache/latchkey-chromium', import.meta.url));

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const fixedPlaces: Partial<Record<NodeJS.Platform, string[]>> = {
  darwin: ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium'],
  win32: [
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
  ],
};

/** Quiet in a closed network, and able to run as root: it only ever sees pages of our own. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts the Chromium named in CHROMIUM_PATH, an installed one, or else the one that came with the packages. */
export async function launchChromium(): Promise<Browser> {
  const installed = process.env['CHROMIUM_PATH'] || findInstalled();
  if (installed) return chromium.launch({ executablePath: installed, args });
  const unpacked = unpackBundled();
  const env = {
    ...process.env,
    LD_LIBRARY_PATH: join(unpacked, 'al2023', 'lib'),
    FONTCONFIG_PATH: join(unpacked, 'fonts'),
    HOME: homedir(),
  };
  // This build cannot start processes of its own everywhere; our pages need none.
  return chromium.launch({ executablePath: join(unpacked, 'chromium'), args: [...args, '--single-process', '--no-zygote'], env });
}

function findInstalled(): string | null {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).flatMap((directory) => names.map((name) => join(directory, name)));
  return [...(fixedPlaces[process.platform] ?? []), ...onPath].find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Unpacks the bundled browser and the libraries it needs, once; whole or not at all, whoever else does the same. */
function unpackBundled(): string {
  const place = join(cacheDir, 'unpacked');
  if (existsSync(place)) return place;
  mkdirSync(cacheDir, { recursive: true });
  const draft = mkdtempSync(join(cacheDir, 'draft-'));
  // The package unpacks into the temporary directory of its process.
  const program = `
    const { default: chromium, inflate } = await import('@sparticuz/chromium');
    const { join, dirname } = await import('node:path');
    const bin = join(dirname((await import('node:url')).fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '..', 'bin');
    await chromium.executablePath();
    await inflate(join(bin, 'al2023.tar.br'));`;
  const result = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: { ...process.env, TMPDIR: draft },
    encoding: 'utf8',
  });
  if (result.status !== 0) {
    rmSync(draft, { recursive: true, force: true });
    throw new Error(`No browser was found, and the bundled one could not be unpacked; set CHROMIUM_PATH.\n${result.stderr}`);
  }
  try {
    renameSync(draft, place);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(place)) throw error;
  }
  return place;
}
