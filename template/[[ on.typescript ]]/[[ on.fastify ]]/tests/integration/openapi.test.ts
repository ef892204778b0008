import { readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from 'vitest';

import { createApp } from '../../src/interface/app.ts';
import { ROOT, recordingLogger, settings } from '../support.ts';

test('the document that is served is the one in docs/api', async () => {
  const app = await createApp(settings(), recordingLogger().logger);
  const served = (await app.inject('/openapi.json')).json();
  await app.close();

  const kept = JSON.parse(readFileSync(path.join(ROOT, 'docs/api/openapi.json'), 'utf8'));

  expect(served, 'the API has changed: run `make openapi`').toEqual(kept);
});
