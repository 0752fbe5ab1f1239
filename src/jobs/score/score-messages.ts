/** What a worker is started with. */
export interface ScoreWorkerData {
  readonly databaseUrl: string;
  readonly statementsFolder: string;
  readonly modelFolder: string;
  readonly rules: ScoreRules;
  /** Moment that the lists speak for, ISO 8601. */
  readonly asOf: string;
}

/** How lists are made: as the gateway makes them. */
export interface ScoreRules {
  /** Length of a list. */
  readonly first: number;
  readonly propensityWeight: number;
  readonly repeatDays: number;
}

/** Customers to score next. */
export interface ScorePage {
  readonly customers: readonly CustomerToScore[];
}

/** One row of `customers_to_score`. */
export interface CustomerToScore {
  readonly customer_id: string;
  readonly home_region: string;
}

/** The lists of a page in the text format of COPY. */
export interface ScoredPage {
  readonly lines: string;
  readonly customers: number;
  readonly rows: number;
}
