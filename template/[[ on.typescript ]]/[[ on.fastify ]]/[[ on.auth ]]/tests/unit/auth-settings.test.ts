import { expect, test } from 'vitest';

import { ConfigurationError } from '../../src/platform/settings.ts';
import { variablesOf } from '../identity.ts';
import { settings } from '../support.ts';

function problems(url: string, environment: string): string[] {
  try {
    settings({
      ...variablesOf(url),
      ENVIRONMENT: environment,
      ALLOWED_HOSTS: 'api.example.com',
    });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.variables.map(({ problem }) => problem);
  }
  return [];
}

test.each(['staging', 'uat', 'production'])(
  'an issuer that anybody can imitate is refused in %s',
  (environment) => {
    expect(problems('http://id.example.com', environment)).toEqual([
      'must be an https URL; http is for development and test',
    ]);
  },
);

test('an issuer with a certificate is trusted', () => {
  expect(problems('https://id.example.com', 'staging')).toEqual([]);
});

test.each(['id.example.com', 'ftp://id.example.com'])('%s is no address of an issuer', (url) => {
  expect(problems(url, 'development')).toEqual(['must be a URL that begins with https or http:']);
});
