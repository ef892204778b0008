import { expect, test } from 'vitest';

import { ConfigurationError } from '../../src/platform/settings.ts';
import { variablesOf } from '../identity.ts';
import { settings } from '../support.ts';

/** The variables that are refused with this emulator for the pages. */
function refused(emulator: string, environment: string): string[] {
  try {
    settings({
      ...variablesOf('https://keys.example.com'),
      ENVIRONMENT: environment,
      FIREBASE_EMULATOR_URL: emulator,
    });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.variables.map(({ name }) => name);
  }
  return [];
}

test.each(['staging', 'uat', 'production'])(
  'nothing stands in for Firebase in %s',
  (environment) => {
    expect(refused('http://127.0.0.1:9099', environment)).toContain('FIREBASE_EMULATOR_URL');
    expect(refused('https://emulator.example.com', environment)).toContain('FIREBASE_EMULATOR_URL');
  },
);

test.each(['development', 'test'])('an emulator is for %s', (environment) => {
  expect(refused('http://127.0.0.1:9099', environment)).toEqual([]);
});
