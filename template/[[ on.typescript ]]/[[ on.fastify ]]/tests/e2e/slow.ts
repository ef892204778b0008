/** A service that takes a second to answer, to be stopped meanwhile. */

import { setTimeout as sleep } from 'node:timers/promises';

import { newApplication } from '../../src/platform/application.ts';
import { createLogger } from '../../src/platform/logs.ts';
import { serve } from '../../src/platform/server.ts';
import { loadSettings } from '../../src/platform/settings.ts';

const settings = loadSettings(process.env);
const app = await newApplication(settings, createLogger('info'));
app.get('/slow', async (request) => {
  request.log.info('waiting');
  await sleep(1000);
  return 'answered';
});
await serve(app, settings);
