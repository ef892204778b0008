import { expect, test } from 'vitest';

import { violation } from '../../src/platform/errors.ts';

test('a violation of the body is pointed at, and one beside it is named', () => {
  expect(violation('body', ['a/b~c', 'ü'], 'is bad')).toEqual({
    pointer: '#/a~1b~0c/%C3%BC',
    detail: 'is bad',
  });
  expect(violation('querystring', ['limit'], 'is bad')).toEqual({
    parameter: 'limit',
    detail: 'is bad',
  });
});
