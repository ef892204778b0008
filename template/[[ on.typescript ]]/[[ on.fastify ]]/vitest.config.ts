import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    reporters: ['default', ['junit', { outputFile: 'reports/tests.xml' }]],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
