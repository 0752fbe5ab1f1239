-- One row that says what data this database holds. A row with completed_at NULL means that a load began and did not
-- end: the gateway then redoes it and never serves half of it.
CREATE TABLE dataset (
    singleton boolean PRIMARY KEY DEFAULT TRUE CHECK (singleton),
    source text NOT NULL,
    seed integer,
    customers integer,
    as_of timestamptz NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz
);
