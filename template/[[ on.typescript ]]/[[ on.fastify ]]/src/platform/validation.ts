/** Validation of requests against their TypeBox schemas. */

import type { FastifySchemaCompiler } from 'fastify';
import type { TObject, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

import { fromText } from './schemas.ts';

/** Checks a part of a request; what comes as text (query, path) is read as the type that its schema asks for. */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema);
  return (given: unknown) => {
    const value = httpPart === 'body' ? given : read(schema as TObject, given as object);
    if (validator.Check(value)) return { value };
    return { error: validator.Errors(value) as unknown as Error };
  };
};

function read(schema: TObject, given: object): object {
  const entries = Object.entries(given).map(([name, text]) => {
    const property = schema.properties[name];
    return [name, property && typeof text === 'string' ? fromText(property, text) : text];
  });
  return Object.fromEntries(entries);
}
