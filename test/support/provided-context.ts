/** What `global-setup.ts` tells the tests; they read it with vitest's `inject`. */
export interface TestServices {
  /** Superuser connection string of the Postgres that all tests share. */
  readonly postgresUrl: string;
  /** The Redis that all tests share. */
  readonly redisUrl: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    services: TestServices;
  }
}
