/** The settings of a process: it ends at once, and says why, when they are not right. */

import { createLogger } from './logs.ts';
import { ConfigurationError, loadSettings, type Settings } from './settings.ts';

const EX_CONFIG = 78; // sysexits.h

/** The settings; where they are missing or bad, one line on stderr names every variable. */
export function settingsOrExit(): Settings {
  try {
    return loadSettings(process.env);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    createLogger('info', 2).error(
      { logger: 'settings', variables: error.variables },
      'configuration invalid',
    );
    process.exit(EX_CONFIG);
  }
}
