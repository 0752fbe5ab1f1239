-- Lists are made ahead of time for a strategy: RANKED ones by `snowgate score`, COLLABORATIVE ones by `snowgate score
-- neighbours` or `score ratings`. All lists of a strategy are of one run.
ALTER TABLE recommendation_lists
ADD COLUMN strategy text NOT NULL DEFAULT 'RANKED' CHECK (strategy IN ('RANKED', 'COLLABORATIVE')),
DROP CONSTRAINT recommendation_lists_pkey,
ADD PRIMARY KEY (customer_id, strategy, rank);
