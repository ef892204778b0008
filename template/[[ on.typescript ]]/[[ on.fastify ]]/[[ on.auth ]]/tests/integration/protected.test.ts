import { expect, test } from 'vitest';

import { createApp } from '../../src/interface/app.ts';
import { PROBE_PATHS } from '../../src/platform/health.ts';
import { recordingLogger, settings } from '../support.ts';

// Paths that anybody may ask for; one that checks callers in a way of its own belongs here, too.
const OPEN = [...PROBE_PATHS];

test('every other route requires something', async () => {
  const app = await createApp(settings(), recordingLogger().logger);
  await app.ready();
  const paths = Object.entries(app.swagger().paths ?? {});
  await app.close();

  const open = paths.filter(([, operations]) =>
    Object.values(operations as object).some((operation) => !operation.security),
  );

  expect(open.map(([path]) => path)).toEqual(OPEN);
});
