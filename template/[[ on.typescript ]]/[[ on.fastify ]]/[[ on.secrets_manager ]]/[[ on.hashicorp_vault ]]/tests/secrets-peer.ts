/** A Vault on this machine: as much of its HTTP API as the service uses, answering as Vault does. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

import { freePort } from './support.ts';

const TOKEN = 'a-token-of-the-tests';
const PATH = 'secret/data/app';

/** An AppRole that may read the secret. */
export const ROLE = { role_id: 'a-role-of-the-tests', secret_id: 'its-secret-id' };
export const APPROLE = { VAULT_ROLE_ID: ROLE.role_id, VAULT_SECRET_ID: ROLE.secret_id };

/** What is wrong with the environment or the peer, and what must be said of it. */
export interface Fault {
  readonly variable: string;
  readonly says: string;
  readonly variables?: Record<string, string>;
  readonly peer?: Partial<SecretsPeer>;
}

/** Holds `secret` at PATH, for those who have TOKEN or ROLE. */
export class SecretsPeer {
  secret: unknown;

  /** While it is sealed it says so. */
  sealed = false;

  /** How often it was asked for the secret. */
  reads = 0;

  /** The namespaces that it was asked in. */
  readonly namespaces = new Set<unknown>();

  /** What opens it. */
  readonly keys = [TOKEN, ROLE.secret_id];

  readonly #server = createServer(async (request, response) => {
    this.namespaces.add(request.headers['x-vault-namespace']);
    const asked = request.method === 'POST' ? await json(request) : undefined;
    const [status, body] = this.#answer(request.url, request.headers['x-vault-token'], asked);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });

  private constructor(secret: unknown) {
    this.secret = secret;
  }

  static async start(secret: unknown): Promise<SecretsPeer> {
    const peer = new SecretsPeer(secret);
    await once(peer.#server.listen(0, '127.0.0.1'), 'listening');
    return peer;
  }

  /** The variables that lead to it. */
  get variables(): Record<string, string> {
    const { port } = this.#server.address() as AddressInfo;
    return {
      VAULT_ADDR: `http://127.0.0.1:${port}`,
      VAULT_SECRET_PATH: PATH,
      VAULT_TOKEN: TOKEN,
    };
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(path: string | undefined, token: unknown, asked: unknown): [number, object] {
    if (this.sealed) return [503, { errors: ['Vault is sealed'] }];
    if (path === '/v1/auth/approle/login') {
      if (JSON.stringify(asked) !== JSON.stringify(ROLE)) {
        return [400, { errors: ['invalid role or secret ID'] }];
      }
      return [200, { auth: { client_token: TOKEN, lease_duration: 3600 } }];
    }
    if (token !== TOKEN) return [403, { errors: ['permission denied'] }];
    this.reads += 1;
    if (path !== `/v1/${PATH}`) return [404, { errors: [] }];
    return [200, { data: { data: this.secret, metadata: { version: 1 } } }];
  }
}

/** What can go wrong, by name. */
export const FAULTS: Record<string, Fault> = {
  unreachable: {
    variable: 'VAULT_ADDR',
    says: 'does not answer',
    variables: { VAULT_ADDR: `http://127.0.0.1:${await freePort()}` },
  },
  'no URL': {
    variable: 'VAULT_ADDR',
    says: 'must be a URL',
    variables: { VAULT_ADDR: 'vault:8200' },
  },
  sealed: { variable: 'VAULT_ADDR', says: 'sealed', peer: { sealed: true } },
  'no path': {
    variable: 'VAULT_SECRET_PATH',
    says: 'is required',
    variables: { VAULT_SECRET_PATH: '' },
  },
  'nothing there': {
    variable: 'VAULT_SECRET_PATH',
    says: 'names nothing',
    variables: { VAULT_SECRET_PATH: 'secret/data/other' },
  },
  'no object': { variable: 'VAULT_SECRET_PATH', says: 'not the path', peer: { secret: 'text' } },
  'no key': { variable: 'VAULT_TOKEN', says: 'is required', variables: { VAULT_TOKEN: '' } },
  denied: {
    variable: 'VAULT_SECRET_PATH',
    says: 'may not be read',
    variables: { VAULT_TOKEN: 'another-token' },
  },
  'no such AppRole': {
    variable: 'VAULT_ROLE_ID',
    says: 'opens no AppRole',
    variables: { ...APPROLE, VAULT_TOKEN: '', VAULT_SECRET_ID: 'another-secret-id' },
  },
};
