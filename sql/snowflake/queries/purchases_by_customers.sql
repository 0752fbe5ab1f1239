-- One page of purchases for each of several customers, for one batch. The lists run in parallel, one entry a page.
-- :1 list of number(19) customer ids · :2 list of number microseconds since 1970 and :3 list of varchar id of the last
-- purchase seen (NULL: from the start) · :4 list of number rows per page
-- page is the entry's place, from 1; within a page newest first, then event id descending. occurred_micros is
-- occurred_at with all its digits, for cursors: a Date holds milliseconds only.
WITH
-- DISTINCT takes away the entries that fill up the list.
wanted AS (
    SELECT DISTINCT
        column1::number(19, 0) AS page,
        column2::number(19, 0) AS customer_id,
        dateadd(MICROSECOND, column3::number(19, 0), '1970-01-01'::timestamp_ntz) AS after_moment,
        column4::varchar AS after_id,
        column5::number(10, 0) AS rows_max
    FROM VALUES /*list*/ (:0, :1, :2, :3, :4)
)

SELECT
    w.page, e.event_id, e.customer_id, e.event_type, e.occurred_at,
    date_part(EPOCH_MICROSECOND, e.occurred_at)::number(19, 0) AS occurred_micros, e.product_id, e.quantity,
    e.unit_price, e.currency
FROM wanted AS w
INNER JOIN events AS e ON w.customer_id = e.customer_id
WHERE
    e.event_type IN ('order_complete', 'pos_purchase')
    AND (
        w.after_moment IS NULL
        OR e.occurred_at < w.after_moment
        OR (e.occurred_at = w.after_moment AND e.event_id < w.after_id)
    )
QUALIFY row_number() OVER (PARTITION BY w.page ORDER BY e.occurred_at DESC, e.event_id DESC) <= w.rows_max
ORDER BY w.page ASC, e.occurred_at DESC, e.event_id DESC;
