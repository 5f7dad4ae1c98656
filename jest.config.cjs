/** Unit and integration tests run against the sources; processes that tests fork run the built packages. */
module.exports = {
  testEnvironment: 'node',
  testMatch: [
    '<rootDir>/packages/*/test/**/*.test.ts',
    '<rootDir>/test/src/**/*.test.ts',
    '<rootDir>/test/oracle/**/*.test.ts',
    '<rootDir>/examples/test/**/*.test.ts',
  ],
  moduleNameMapper: {
    '^@permafrost/(test|examples|bench)$': '<rootDir>/$1/src',
    '^@permafrost/([^/]+)$': '<rootDir>/packages/$1/src',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          target: 'es2022',
        },
        module: { type: 'commonjs' },
        swcrc: false,
      },
    ],
  },
  reporters: ['default', '<rootDir>/scripts/skips-reporter.cjs'],
  globalSetup: '<rootDir>/test/src/postgres/jest-setup.ts',
  globalTeardown: '<rootDir>/test/src/postgres/jest-teardown.ts',
  // Without this Jest leaves its cache in the system's temp folder.
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  modulePathIgnorePatterns: ['/dist/'],
  testTimeout: 60_000,
};
