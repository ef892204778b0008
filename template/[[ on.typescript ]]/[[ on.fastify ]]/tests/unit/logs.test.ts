import { expect, test } from 'vitest';

import { recordingLogger } from '../support.ts';

test('a line has the fields and the names of levels that other tools know', () => {
  const { logger, lines } = recordingLogger();

  logger.warn({ logger: 'test' }, 'careful');

  expect(lines).toEqual([
    {
      level: 'warning',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      logger: 'test',
      message: 'careful',
    },
  ]);
});

test('an exception is one text, with its cause and without what a driver adds to it', () => {
  const { logger, lines } = recordingLogger();
  const cause = Object.assign(new Error('duplicate key'), {
    detail: 'Key (email)=(ada@example.com)',
  });

  logger.error(new Error('no such user', { cause }), 'failed');

  expect(lines[0]?.exception).toMatch(/^Error: no such user\n.*caused by: Error: duplicate key/s);
  expect(JSON.stringify(lines)).not.toContain('ada@example.com');
});

test('what is less severe than asked for is not written', () => {
  const { logger, lines } = recordingLogger('warning');

  logger.info('quiet');

  expect(lines).toEqual([]);
});
