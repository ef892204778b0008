/** What runs: name, description and version, as the package's manifest says. */

import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

interface Manifest {
  name: string;
  description: string;
  version: string;
}

const file = findPackageJSON(import.meta.url) ?? 'package.json';

export const about = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
