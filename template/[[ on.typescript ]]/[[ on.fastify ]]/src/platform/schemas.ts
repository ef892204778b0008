/** Text from outside as the type that its schema asks for. */

import type { TSchema } from 'typebox';

const INTEGER = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * The value that a text stands for; the text itself where it stands for none,
 * so that the check of the schema says what is wrong.
 */
export function fromText(schema: TSchema, text: string): unknown {
  switch ((schema as { type?: string }).type) {
    case 'integer':
      return INTEGER.test(text) ? Number(text) : text;
    case 'number':
      return NUMBER.test(text) && Number.isFinite(Number(text)) ? Number(text) : text;
    case 'boolean':
      return text === 'true' || (text === 'false' ? false : text);
    case 'array':
      return text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
    default:
      return text;
  }
}
