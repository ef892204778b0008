/** AWS Secrets Manager on this machine: as much of its API as the service uses, answering alike. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

import { freePort } from './support.ts';

const SECRET_ID = 'app';
const ACCESS_KEY = 'testing';

/** What is wrong with the environment or the peer, and what must be said of it. */
export interface Fault {
  readonly variable: string;
  readonly says: string;
  readonly variables?: Record<string, string>;
  readonly peer?: Partial<SecretsPeer>;
}

/** Holds `secret` as SECRET_ID. */
export class SecretsPeer {
  /** Text is held as it is, bytes as a binary value, everything else as JSON. */
  secret: unknown;

  /** While there is one, it answers with that error. */
  refusal = '';

  /** How often it was asked for the secret. */
  reads = 0;

  /** What opens it. */
  readonly keys = ['a-key-of-the-tests'];

  readonly #server = createServer(async (request, response) => {
    const asked = (await json(request)) as { SecretId?: string };
    const [status, body] = this.#answer(request.headers['x-amz-target'], asked);
    response
      .writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
      .end(JSON.stringify(body));
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
      AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${port}`,
      AWS_REGION: 'eu-central-1',
      AWS_SECRET_ID: SECRET_ID,
      AWS_ACCESS_KEY_ID: ACCESS_KEY,
      AWS_SECRET_ACCESS_KEY: this.keys.join(),
    };
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(action: unknown, asked: { SecretId?: string }): [number, object] {
    this.reads += 1;
    if (action !== 'secretsmanager.GetSecretValue') {
      return [400, { __type: 'UnknownOperationException' }];
    }
    if (this.refusal) return [400, { __type: this.refusal, Message: 'Refused.' }];
    if (asked.SecretId !== SECRET_ID) {
      return [400, { __type: 'ResourceNotFoundException', Message: 'Not found.' }];
    }
    if (this.secret instanceof Uint8Array) {
      return [200, { Name: SECRET_ID, SecretBinary: Buffer.from(this.secret).toString('base64') }];
    }
    const text = typeof this.secret === 'string' ? this.secret : JSON.stringify(this.secret);
    return [200, { Name: SECRET_ID, SecretString: text }];
  }
}

/** What can go wrong, by name. */
export const FAULTS: Record<string, Fault> = {
  unreachable: {
    variable: 'AWS_SECRET_ID',
    says: 'does not answer',
    variables: { AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${await freePort()}` },
  },
  'no URL': {
    variable: 'AWS_ENDPOINT_URL_SECRETS_MANAGER',
    says: 'must be a URL',
    variables: { AWS_ENDPOINT_URL_SECRETS_MANAGER: 'secrets:443' },
  },
  'no region': {
    variable: 'AWS_REGION',
    says: 'is required',
    variables: { AWS_REGION: '', AWS_CONFIG_FILE: 'none', AWS_SHARED_CREDENTIALS_FILE: 'none' },
  },
  'no host': {
    variable: 'AWS_SECRET_ID',
    says: 'configuration is bad',
    variables: { AWS_REGION: 'not a region', AWS_ENDPOINT_URL_SECRETS_MANAGER: '' },
  },
  'half a key': {
    variable: 'AWS_SECRET_ID',
    says: 'no AWS credentials',
    variables: {
      AWS_ACCESS_KEY_ID: '',
      AWS_CONFIG_FILE: 'none',
      AWS_SHARED_CREDENTIALS_FILE: 'none',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  },
  denied: {
    variable: 'AWS_SECRET_ID',
    says: 'may not be read',
    peer: { refusal: 'AccessDeniedException' },
  },
  expired: {
    variable: 'AWS_SECRET_ID',
    says: 'ExpiredTokenException',
    peer: { refusal: 'ExpiredTokenException' },
  },
  'nothing there': {
    variable: 'AWS_SECRET_ID',
    says: 'names no secret',
    variables: { AWS_SECRET_ID: 'other' },
  },
  'no JSON': {
    variable: 'AWS_SECRET_ID',
    says: 'not a JSON object',
    peer: { secret: 'text' },
  },
  'no object': { variable: 'AWS_SECRET_ID', says: 'not a JSON object', peer: { secret: ['text'] } },
  'no text': {
    variable: 'AWS_SECRET_ID',
    says: 'not a JSON object',
    peer: { secret: Buffer.from('{}') },
  },
};
