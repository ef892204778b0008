/** Writes the API's contract, docs/api/openapi.json, from the code. */

import { writeFileSync } from 'node:fs';

import { createApp } from '../src/interface/app.ts';
import { createLogger } from '../src/platform/logs.ts';
import { loadSettings } from '../src/platform/settings.ts';

const settings = loadSettings(process.env);
const app = await createApp(settings, createLogger('error', 2));
await app.ready();
writeFileSync('docs/api/openapi.json', `${JSON.stringify(app.swagger(), null, 2)}\n`);
await app.close();
