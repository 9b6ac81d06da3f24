import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Two: the end-to-end files open real sockets and measure waits, which more workers than cores would stretch.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          testTimeout: 20_000,
          include: [
            'src/**/*.spec.ts',
            'test/architecture.spec.ts',
            'test/bench/**/*.spec.ts',
            'test/deploy/**/*.spec.ts',
            'test/docs/**/*.spec.ts',
            'test/fresh-machine/**/*.spec.ts',
            'test/simulator/**/*.spec.ts',
          ],
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e-spec.ts'],
          testTimeout: 20_000,
          hookTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'conformance',
          include: ['test/conformance/**/*.spec.ts'],
          testTimeout: 20_000,
          hookTimeout: 30_000,
        },
      },
    ],
  },
});
