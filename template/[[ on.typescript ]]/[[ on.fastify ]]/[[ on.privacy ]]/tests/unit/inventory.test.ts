import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from 'vitest';

import { ENTITIES } from '../../src/privacy/inventory.ts';
import { ROOT } from '../support.ts';

// As the formatter writes them: a declaration ends at the beginning of a line, its fields are indented once.
const DECLARATION =
  /^export (?:abstract )?(?:interface|class|type) (\w+)(?:[^{\n]*? extends (\w+))?[^{\n]*\{\n(.*?)^\}/gms;
const FIELD = /^ {2}(?:(?:public|readonly|declare|override) )*(\w+)[?!]?:/gm;

/** The fields that each exported type and class of the domain declares, and what it extends. */
function declarations(): Map<string, { parent: string | undefined; fields: string[] }> {
  const domain = path.join(ROOT, 'src/domain');
  const source = readdirSync(domain, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(path.join(domain, file), 'utf8'))
    .join('\n');
  const found = [...source.matchAll(DECLARATION)];
  return new Map(
    found.map(([, name = '', parent, body = '']) => [
      name,
      { parent, fields: Array.from(body.matchAll(FIELD), ([, field = '']) => field) },
    ]),
  );
}

test('every field of an entity is classified', () => {
  const declared = declarations();
  /** An entity has an id, its own or that of what it extends. */
  const isEntity = (name: string | undefined): boolean => {
    const found = declared.get(name ?? '');
    return found !== undefined && (found.fields.includes('id') || isEntity(found.parent));
  };

  for (const [name, { fields }] of declared) {
    if (!isEntity(name)) continue;
    expect(Object.keys(ENTITIES[name] ?? {}), name).toEqual(expect.arrayContaining(fields));
  }
});

test('the documented fields are those of the code', () => {
  const text = readFileSync(path.join(ROOT, 'docs/compliance/data-inventory.md'), 'utf8');
  const rows = text.matchAll(/^\| `(\w+)\.(\w+)` \| (\w+) \|/gm);

  const expected = Object.entries(ENTITIES).flatMap(([entity, fields]) =>
    Object.entries(fields).map(([field, kind]) => [entity, field, kind]),
  );
  expect(Array.from(rows, ([, ...cells]) => cells)).toEqual(expected);
});
