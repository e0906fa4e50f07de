import { apple } from './apple.ts';
import { discord } from './discord.ts';
import { facebook } from './facebook.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { google } from './google.ts';
import { linkedin } from './linkedin.ts';
import { microsoft } from './microsoft.ts';
import type { ProviderDefinition } from './provider.ts';
import { slack } from './slack.ts';
import { spotify } from './spotify.ts';
import { twitch } from './twitch.ts';
import { x } from './x.ts';

/** Every provider that can be switched on by its name, in the order in which they are offered. */
export const knownProviders: readonly ProviderDefinition[] = [
  google,
  apple,
  microsoft(),
  github,
  facebook,
  gitlab,
  discord,
  linkedin,
  x,
  slack,
  spotify,
  twitch,
];
