-- Lists made ahead of time by `snowgate score`: all of them are of one run. Not every customer has one, and a
-- product may have sold out since.
CREATE TABLE recommendation_lists (
    customer_id bigint NOT NULL,
    -- From 1, without gaps.
    rank smallint NOT NULL CHECK (rank > 0),
    product_id bigint NOT NULL,
    -- What the list is ordered by, descending.
    score double precision NOT NULL,
    region text NOT NULL,
    model text NOT NULL,
    as_of timestamptz NOT NULL,
    PRIMARY KEY (customer_id, rank)
);
