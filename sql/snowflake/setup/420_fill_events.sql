-- Takes new events over into the table that serves, each event once.
-- Run after 130_raw_events.sql and 240_serving_events.sql. Running it again changes nothing.
-- While nothing arrives the task is skipped and the warehouse sleeps. Events are never changed, so that the table only
-- grows: what is older than customers may ask for is deleted by the operator.
USE ROLE snowgate_admin;

USE SCHEMA snowgate.serving;

CREATE TASK IF NOT EXISTS fill_events
WAREHOUSE = snowgate_load_wh
SCHEDULE = '1 MINUTE'
WHEN system$stream_has_data('snowgate.raw.new_events')
AS
MERGE INTO snowgate.serving.events AS served
USING (
    SELECT
        event_id, customer_id, session_id, event_type, occurred_at, region, product_id, category_id, store_id, quantity,
        unit_price, currency, value
    FROM snowgate.raw.new_events
    QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY occurred_at ASC) = 1
) AS arrived
ON served.event_id = arrived.event_id
WHEN NOT MATCHED THEN INSERT (
    event_id, customer_id, session_id, event_type, occurred_at, region, product_id, category_id, store_id, quantity,
    unit_price, currency, value
) VALUES (
    arrived.event_id, arrived.customer_id, arrived.session_id, arrived.event_type, arrived.occurred_at, arrived.region,
    arrived.product_id, arrived.category_id, arrived.store_id, arrived.quantity, arrived.unit_price, arrived.currency,
    arrived.value
);

ALTER TASK fill_events RESUME;
