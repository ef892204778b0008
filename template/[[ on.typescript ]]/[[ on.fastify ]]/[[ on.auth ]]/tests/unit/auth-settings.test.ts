import { expect, test } from 'vitest';

import { ConfigurationError } from '../../src/platform/settings.ts';
import { variablesOf } from '../identity.ts';
import { settings } from '../support.ts';

/** What is wrong with the variables of the issuer; others may be missing, too. */
function problems(url: string, environment: string): string[] {
  const variables = variablesOf(url);
  try {
    settings({
      ...variables,
      ENVIRONMENT: environment,
      ALLOWED_HOSTS: 'api.example.com',
    });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.variables.filter(({ name }) => name in variables).map(({ problem }) => problem);
  }
  return [];
}

test.each(['staging', 'uat', 'production'])(
  'an issuer that anybody can imitate is refused in %s',
  (environment) => {
    expect(problems('http://id.example.com', environment)).toContain(
      'must be an https URL; http is for development and test',
    );
  },
);

test('an issuer with a certificate is trusted', () => {
  expect(problems('https://id.example.com', 'staging')).toEqual([]);
});

test.each(['id.example.com', 'ftp://id.example.com'])('%s is no address of an issuer', (url) => {
  expect(problems(url, 'development')).toEqual(['must be a URL that begins with https or http:']);
});
