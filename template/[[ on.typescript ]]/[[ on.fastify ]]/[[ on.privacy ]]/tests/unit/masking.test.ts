import { expect, test } from 'vitest';

import { createLogger } from '../../src/platform/logs.ts';
import { run } from '../support.ts';

/** A logger that masks `email` and `access_token`, and the lines that it has written. */
function maskingLogger() {
  const lines: Record<string, unknown>[] = [];
  const to = { write: (line: string) => lines.push(JSON.parse(line)) };
  return { logger: createLogger('info', to, ['email', 'access_token']), lines };
}

test('named fields are masked however deep and however they are written', () => {
  const { logger, lines } = maskingLogger();
  const address = 'ada@example.com';

  logger.child({ Email: address }).info(
    {
      before: { email: address, number: 1 },
      after: [{ email: { address } }, [{ toJSON: () => ({ email: address }) }]],
      accessToken: 's3cret',
      email_sent: true,
    },
    'changed',
  );

  expect(lines).toMatchObject([
    {
      message: 'changed',
      Email: '[masked]',
      before: { email: '[masked]', number: 1 },
      after: [{ email: '[masked]' }, [{ email: '[masked]' }]],
      accessToken: '[masked]',
      email_sent: true,
    },
  ]);
});

test('what is not there is not masked', () => {
  const { logger, lines } = maskingLogger();

  logger.info({ email: null }, 'changed');

  expect(lines).toMatchObject([{ email: null }]);
});

// Serving is replaced by a line in the log.
const LOG_AND_END = `
  import { registerHooks } from 'node:module';

  const source = \`export function serve(app) {
    app.log.info({ caller: { password: 's3cret' }, attempt: 1 }, 'logged in');
    process.exit();
  }\`;
  registerHooks({
    load: (url, context, nextLoad) =>
      url.endsWith('/platform/server.ts')
        ? { format: 'module', shortCircuit: true, source }
        : nextLoad(url, context),
  });
  await import('./src/main.ts');
`;

test('the service masks its log', async () => {
  const { stdout } = await run(['--input-type=module', '--eval', LOG_AND_END]);

  expect(JSON.parse(stdout)).toMatchObject({
    message: 'logged in',
    caller: { password: '[masked]' },
    attempt: 1,
  });
});
