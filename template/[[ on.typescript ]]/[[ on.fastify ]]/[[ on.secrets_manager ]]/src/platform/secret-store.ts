/** Secret variables that the environment lacks: from the secrets manager, once, at start. */

/** A secret that can't be had: the variable to look at and the problem, without any value. */
export class SecretStoreError extends Error {
  readonly variable: string;
  readonly problem: string;

  constructor(variable: string, problem: string) {
    super(`${variable} ${problem}`);
    this.variable = variable;
    this.problem = problem;
  }
}

/** Reads the secret with these variables of the environment; undefined where none is configured. */
export type Fetch = (environment: NodeJS.ProcessEnv) => Promise<object | undefined>;

/**
 * The values of those variables that the environment lacks and the secrets manager has.
 * When it lacks none, nobody is asked. Throws SecretStoreError.
 */
export async function storedSecrets(
  environment: NodeJS.ProcessEnv,
  names: readonly string[],
  fetchSecret: Fetch,
): Promise<Record<string, string>> {
  const lacking = names.filter((name) => !environment[name]);
  const secret = lacking.length > 0 ? await fetchSecret(environment) : undefined;
  const stored = Object.entries(secret ?? {}).filter(([name]) => lacking.includes(name));
  for (const [name, value] of stored) {
    if (typeof value !== 'string' || value === '') {
      throw new SecretStoreError(name, 'must be text, and not empty, in the secrets manager');
    }
  }
  return Object.fromEntries(stored);
}
