/** HashiCorp Vault, the secrets manager: one secret of its key-value store, version 2. */

import { setTimeout as sleep } from 'node:timers/promises';

import { SecretStoreError } from './secret-store.ts';

/** Secret variables that open Vault, and so can't lie in it. */
export const KEYS: ReadonlySet<string> = new Set(['VAULT_TOKEN', 'VAULT_SECRET_ID']);

const ATTEMPTS = 3;
const PAUSE_MILLISECONDS = 300;
const TIMEOUT_MILLISECONDS = 2000;
const AGAIN = new Set([429, 500, 502, 503, 504]);

/** What Vault answered; `body` is undefined where that is no JSON. */
interface Answer {
  readonly ok: boolean;
  readonly status: number;
  readonly body: unknown;
}

/** The secret of VAULT_SECRET_PATH; undefined without VAULT_ADDR. Throws SecretStoreError. */
export async function fetchSecret(environment: NodeJS.ProcessEnv): Promise<object | undefined> {
  const { VAULT_ADDR, VAULT_SECRET_PATH, VAULT_NAMESPACE, VAULT_TOKEN } = environment;
  if (!VAULT_ADDR) return undefined;
  if (!/^https?:/.test(VAULT_ADDR) || !URL.canParse(VAULT_ADDR)) {
    throw new SecretStoreError('VAULT_ADDR', 'must be a URL that begins with https or http:');
  }
  if (!VAULT_SECRET_PATH) {
    throw new SecretStoreError('VAULT_SECRET_PATH', 'is required with VAULT_ADDR');
  }
  const vault = new Vault(VAULT_ADDR, VAULT_NAMESPACE);
  const token = VAULT_TOKEN || (await login(vault, environment));
  return read(vault, VAULT_SECRET_PATH, token);
}

async function login(vault: Vault, environment: NodeJS.ProcessEnv): Promise<string> {
  const { VAULT_ROLE_ID: role_id, VAULT_SECRET_ID: secret_id } = environment;
  if (!role_id || !secret_id) {
    const problem = 'is required with VAULT_ADDR, or VAULT_ROLE_ID and VAULT_SECRET_ID are';
    throw new SecretStoreError('VAULT_TOKEN', problem);
  }
  const { ok, status, body } = await vault.ask('auth/approle/login', {
    method: 'POST',
    body: JSON.stringify({ role_id, secret_id }),
  });
  const token = ok ? valueIn(body, 'auth', 'client_token') : undefined;
  if (typeof token !== 'string') {
    const problem = `with VAULT_SECRET_ID opens no AppRole of Vault: status ${status}`;
    throw new SecretStoreError('VAULT_ROLE_ID', problem);
  }
  return token;
}

async function read(vault: Vault, path: string, token: string): Promise<object> {
  const headers = { 'x-vault-token': token };
  const { ok, status, body } = await vault.ask(path.replace(/^\/+|\/+$/g, ''), { headers });
  const secret = ok ? valueIn(body, 'data', 'data') : undefined;
  if (typeof secret === 'object' && secret !== null && !Array.isArray(secret)) return secret;
  throw new SecretStoreError('VAULT_SECRET_PATH', refusal(ok, status));
}

function refusal(ok: boolean, status: number): string {
  if (ok) return 'is not the path of a key-value secret, version 2, such as secret/data/app';
  switch (status) {
    case 403:
      return 'may not be read with this token or AppRole, or it has expired';
    case 404:
      return 'names nothing in Vault; after the mount it has data/, as in secret/data/app';
    default:
      return `cannot be read: Vault answers with status ${status}`;
  }
}

class Vault {
  readonly #address: string;
  readonly #headers: Record<string, string>;

  constructor(address: string, namespace: string | undefined) {
    this.#address = `${address.replace(/\/+$/, '')}/v1/`;
    this.#headers = {
      'x-vault-request': 'true',
      ...(namespace && { 'x-vault-namespace': namespace }),
    };
  }

  /** The answer, asked for again while there is none or it may be another one soon. */
  async ask(path: string, request: RequestInit): Promise<Answer> {
    let problem = '';
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      await sleep(PAUSE_MILLISECONDS * attempt);
      try {
        // An instance that stands by sends its callers to the active one: fetch follows.
        const response = await fetch(this.#address + path, {
          ...request,
          headers: { ...this.#headers, ...request.headers },
          signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
        });
        const text = await response.text();
        if (!AGAIN.has(response.status)) return answer(response, text);
        const reason = response.status === 503 ? 'sealed or not ready' : 'not well';
        problem = `is where Vault is ${reason} (status ${response.status})`;
      } catch (error) {
        problem = `is where Vault does not answer (${codeOf(error)})`;
      }
    }
    throw new SecretStoreError('VAULT_ADDR', problem);
  }
}

function answer({ ok, status }: Response, text: string): Answer {
  try {
    return { ok, status, body: JSON.parse(text) };
  } catch {
    return { ok, status, body: undefined };
  }
}

/** What stands in nested objects under these names; undefined where one is missing. */
function valueIn(body: unknown, ...names: string[]): unknown {
  return names.reduce((inside, name) => (inside as Record<string, unknown> | null)?.[name], body);
}

/** Why there was no answer: the system's code, or the kind of error. */
function codeOf(error: unknown): string {
  const { name, cause } = error as Error;
  return (cause as { code?: string } | undefined)?.code ?? name;
}
