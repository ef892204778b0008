/**
 * Speaks for a TypeScript project, as speaker.py does for one in Python: what its own client reads, or says, asked over
 * standard input. Run by test_managers.py with the project's folder.
 */

import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const project = pathToFileURL(`${process.argv[2]}/`);
const { SecretsPeer, FAULTS, APPROLE = {} } = await import(new URL('tests/secrets-peer.ts', project).href);
const { fetchSecret } = await import(new URL('src/platform/secrets-manager.ts', project).href);
const { SecretStoreError } = await import(new URL('src/platform/secret-store.ts', project).href);

const peer = await SecretsPeer.start(null);
const faults = Object.fromEntries(
  Object.entries(FAULTS as Record<string, { variables?: object; peer?: object }>)
    .filter(([, fault]) => !fault.peer)
    .map(([name, { variables }]) => [name, variables]),
);
console.log(JSON.stringify({ variables: peer.variables, faults, approle: APPROLE }));

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  Object.assign(peer, asked.peer);
  Object.assign(process.env, asked.variables);
  for (const [name, value] of Object.entries(asked.variables)) if (!value) delete process.env[name];
  try {
    console.log(JSON.stringify(await fetchSecret(asked.variables)));
  } catch (error) {
    if (!(error instanceof SecretStoreError)) throw error;
    console.log(JSON.stringify(error.message));
  }
}
peer.stop();
