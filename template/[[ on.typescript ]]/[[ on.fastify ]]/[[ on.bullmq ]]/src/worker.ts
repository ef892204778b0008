/** Run a worker: it takes tasks from the queue, and sends those whose time has come. */

import { createLogger } from './platform/logs.ts';
import { settingsOrExit } from './platform/settings-or-exit.ts';

const settings = settingsOrExit();
const logger = createLogger(settings.LOG_LEVEL);
// Node's own warnings go to the log, too.
process.removeAllListeners('warning');
process.on('warning', ({ message }) => logger.warn({ logger: 'node' }, message));

try {
  // Imported late: a bad configuration is told at once.
  const work = await import('./interface/tasks.ts');
  const { runWorker } = await import('./platform/worker.ts');
  await runWorker(settings, logger, work);
} catch (error) {
  logger.fatal({ logger: 'main', exception: error }, 'the worker could not start');
  process.exit(1);
}
