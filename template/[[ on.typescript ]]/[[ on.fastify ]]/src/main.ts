/** Run the service. */

import { createLogger } from './platform/logs.ts';
import { settingsOrExit } from './platform/settings-or-exit.ts';

const settings = settingsOrExit();
const logger = createLogger(settings.LOG_LEVEL);
// Node's own warnings go to the log, too.
process.removeAllListeners('warning');
process.on('warning', ({ message }) => logger.warn({ logger: 'node' }, message));

try {
  // Imported late: a bad configuration is told at once.
  const { createApp } = await import('./interface/app.ts');
  const { serve } = await import('./platform/server.ts');
  await serve(await createApp(settings, logger), settings);
} catch (error) {
  logger.fatal({ logger: 'main', exception: error }, 'the service could not start');
  process.exit(1);
}
