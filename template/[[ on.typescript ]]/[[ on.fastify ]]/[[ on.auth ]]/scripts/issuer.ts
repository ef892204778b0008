/** Runs the issuer that .env.example names, and prints a token for each role; Ctrl-C stops it. */

import { ROLES } from '../src/domain/access.ts';
import { Issuer } from '../tests/issuer.ts';
import { EXAMPLE } from '../tests/support.ts';

const address = new URL(EXAMPLE.AUTH_JWKS_URL || EXAMPLE.AUTH_ISSUER || '');
const issuer = await Issuer.start({ port: Number(address.port) });
for (const role of ROLES.keys()) process.stdout.write(`${role}: ${await issuer.token([role])}\n\n`);
