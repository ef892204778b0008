import { expect, test } from 'vitest';

import { ConfigurationError, loadSettings } from '../../src/platform/settings.ts';
import { EXAMPLE, settings } from '../support.ts';

function problems(variables: NodeJS.ProcessEnv): Record<string, string> {
  try {
    loadSettings({ ...EXAMPLE, ...variables });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return Object.fromEntries(error.variables.map(({ name, problem }) => [name, problem]));
  }
  return {};
}

test('lists, numbers and defaults are read', () => {
  const { ALLOWED_HOSTS, PORT, REQUEST_TIMEOUT_SECONDS } = settings({
    ALLOWED_HOSTS: 'api.example.com, localhost',
    PORT: '9000',
    REQUEST_TIMEOUT_SECONDS: '',
  });

  expect(ALLOWED_HOSTS).toEqual(['api.example.com', 'localhost']);
  expect(PORT).toBe(9000);
  expect(REQUEST_TIMEOUT_SECONDS).toBe(30);
});

test('TC-003 every bad variable is named at once', () => {
  const bad = {
    ENVIRONMENT: 'prod',
    PORT: 'http',
    CORS_ORIGINS: '*',
    TRUSTED_PROXIES: '10.0.0.0/99',
  };

  expect(Object.keys(problems(bad)).sort()).toEqual(Object.keys(bad).sort());
});

test.each([
  ['PORT', '0'],
  ['PORT', '80.5'],
  ['REQUEST_TIMEOUT_SECONDS', 'inf'],
  ['REQUEST_MAX_BYTES', '1MB'],
  ['CORS_ORIGINS', 'https://app.example.com/path'],
  ['TRUSTED_PROXIES', 'proxy.example.com'],
])('%s may not be %s', (name, value) => {
  expect(Object.keys(problems({ [name]: value }))).toEqual([name]);
});

test('any host may be allowed, but not in production', () => {
  expect(problems({ ALLOWED_HOSTS: '*' })).toEqual({});
  expect(problems({ ALLOWED_HOSTS: '*', ENVIRONMENT: 'production' })).toHaveProperty(
    'ALLOWED_HOSTS',
  );
});
