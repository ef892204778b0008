/** AWS Secrets Manager: one secret, a JSON object. */

import { SecretStoreError } from './secret-store.ts';

/** Secret variables that open it, and so can't lie in it: none, the SDK finds its credentials. */
export const KEYS: ReadonlySet<string> = new Set();

const ATTEMPTS = 3;
const TIMEOUT_MILLISECONDS = 2000;

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
const REFUSALS = new Map([
  ['AccessDeniedException', 'may not be read with these AWS credentials'],
  ['CredentialsProviderError', 'cannot be read: there are no AWS credentials, or not all of them'],
  ['DecryptionFailure', 'names a secret whose key may not be used with these AWS credentials'],
  ['InvalidRequestException', 'names a secret that is marked for deletion, or has no value'],
  ['ResourceNotFoundException', 'names no secret in this region and account'],
]);

/** The secret of AWS_SECRET_ID; undefined without that. Throws SecretStoreError. */
export async function fetchSecret(environment: NodeJS.ProcessEnv): Promise<object | undefined> {
  const { AWS_SECRET_ID, AWS_REGION, AWS_ENDPOINT_URL_SECRETS_MANAGER: address } = environment;
  if (!AWS_SECRET_ID) return undefined;
  if (address && !(/^https?:/.test(address) && URL.canParse(address))) {
    const problem = 'must be a URL that begins with https or http:';
    throw new SecretStoreError('AWS_ENDPOINT_URL_SECRETS_MANAGER', problem);
  }
  const secret = parsed(await read(AWS_SECRET_ID, AWS_REGION, address));
  if (typeof secret !== 'object' || secret === null || Array.isArray(secret)) {
    throw new SecretStoreError('AWS_SECRET_ID', 'names a secret that is not a JSON object');
  }
  return secret;
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

async function read(
  secretId: string,
  region: string | undefined,
  endpoint: string | undefined,
): Promise<string | undefined> {
  // To the SDK an empty variable is a region without a name.
  if (process.env.AWS_REGION === '') delete process.env.AWS_REGION;
  // Imported late: development does without.
  const { SecretsManager } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManager({
    ...(region && { region }),
    ...(endpoint && { endpoint }),
    maxAttempts: ATTEMPTS,
    requestHandler: {
      connectionTimeout: TIMEOUT_MILLISECONDS,
      requestTimeout: TIMEOUT_MILLISECONDS,
      throwOnRequestTimeout: true,
    },
  });
  try {
    // The limits above know nothing of an answer that has begun.
    const abortSignal = AbortSignal.timeout(ATTEMPTS * TIMEOUT_MILLISECONDS);
    return (await client.getSecretValue({ SecretId: secretId }, { abortSignal })).SecretString;
  } catch (error) {
    throw refused(error as Refusal);
  } finally {
    client.destroy();
  }
}

/** What the SDK throws: `$metadata` where AWS was asked, with a status where it answered. */
interface Refusal extends Error {
  readonly code?: string;
  readonly $fault?: string;
  readonly $metadata?: object;
}

function refused({ name, message, code, $fault, $metadata }: Refusal): SecretStoreError {
  if (message === 'Region is missing') {
    return new SecretStoreError('AWS_REGION', 'is required with AWS_SECRET_ID');
  }
  const known = REFUSALS.get(name);
  if (known !== undefined) return new SecretStoreError('AWS_SECRET_ID', known);
  if ($fault !== undefined) {
    return new SecretStoreError('AWS_SECRET_ID', `cannot be read: ${name}`);
  }
  const reason = $metadata ? 'AWS does not answer' : 'the AWS configuration is bad';
  return new SecretStoreError('AWS_SECRET_ID', `cannot be read: ${reason} (${code ?? name})`);
}
