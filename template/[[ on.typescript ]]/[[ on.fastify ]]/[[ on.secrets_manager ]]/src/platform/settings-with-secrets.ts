/** The settings: from the environment, and secrets that it lacks from the secrets manager. */

import { SecretStoreError, storedSecrets } from './secret-store.ts';
import { fetchSecret, KEYS } from './secrets-manager.ts';
import { ConfigurationError, loadSettings, SECRETS, type Settings } from './settings.ts';

/** Read the settings. Throws ConfigurationError with every variable that is missing or bad. */
export async function loadSettingsWithSecrets(environment: NodeJS.ProcessEnv): Promise<Settings> {
  const secrets = SECRETS.filter((name) => !KEYS.has(name));
  const problems = new Map<string, string>();
  let given = environment;
  let unread: SecretStoreError | undefined;
  try {
    given = { ...environment, ...(await storedSecrets(environment, secrets, fetchSecret)) };
  } catch (error) {
    if (!(error instanceof SecretStoreError)) throw error;
    unread = error;
  }
  try {
    const settings = loadSettings(given);
    if (unread === undefined) return settings;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    for (const { name, problem } of error.variables) {
      if (given[name] || !secrets.includes(name)) problems.set(name, problem);
      else if (unread === undefined) {
        problems.set(name, 'is neither in the environment nor in the secrets manager');
      }
    }
  }
  if (unread !== undefined) problems.set(unread.variable, unread.problem);
  throw new ConfigurationError(problems);
}
