-- One page of purchases for each of several customers, for one batch. The arrays run in parallel, one entry a page.
-- $1 bigint[] customer ids · $2 bigint[] microseconds since 1970 and $3 uuid[] id of the last purchase seen (NULL: from
-- the start) · $4 integer[] rows per page
-- page is the entry's place, from 1; within a page newest first, then event id descending. occurred_micros is
-- occurred_at with all its digits, for cursors: a Date holds milliseconds only.
SELECT
    wanted.page, e.event_id, e.customer_id, e.event_type, e.occurred_at,
    (extract(EPOCH FROM e.occurred_at) * 1000000)::bigint AS occurred_micros, e.product_id, e.quantity, e.unit_price,
    e.currency
FROM
    unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::integer[])
    WITH ORDINALITY AS wanted (customer_id, after_micros, after_id, rows_max, page)
CROSS JOIN LATERAL (
    SELECT event_id, customer_id, event_type, occurred_at, product_id, quantity, unit_price, currency
    FROM events
    WHERE
        customer_id = wanted.customer_id
        AND event_type IN ('order_complete', 'pos_purchase')
        AND (
            wanted.after_micros IS NULL
            OR (occurred_at, event_id)
            < ('epoch'::timestamptz + wanted.after_micros * interval '1 microsecond', wanted.after_id)
        )
    ORDER BY occurred_at DESC, event_id DESC
    LIMIT wanted.rows_max
) AS e
ORDER BY wanted.page ASC, e.occurred_at DESC, e.event_id DESC;
