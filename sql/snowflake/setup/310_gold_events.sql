-- The moment for which all gold tables speak, and the events without those that came twice.
-- Run after 130_raw_events.sql. Running it again changes nothing.
-- as_of stands in a table and not in CURRENT_TIMESTAMP, so that all gold tables agree on it and that computing them
-- twice gives the same rows; the task of 430_fill_derived.sql moves it. What depends on it changes as a whole whenever
-- it moves, so those tables say REFRESH_MODE = FULL; the events below do not.
USE ROLE snowgate_admin;

USE SCHEMA snowgate.gold;

CREATE TABLE IF NOT EXISTS refresh_moment (as_of TIMESTAMP_NTZ NOT NULL);

INSERT INTO refresh_moment
SELECT sysdate() AS as_of
WHERE NOT EXISTS (SELECT 1 FROM refresh_moment);

CREATE DYNAMIC TABLE IF NOT EXISTS events
TARGET_LAG = DOWNSTREAM
WAREHOUSE = snowgate_load_wh
REFRESH_MODE = INCREMENTAL
AS
SELECT
    event_id, customer_id, session_id, event_type, occurred_at, region, product_id, category_id, store_id, quantity,
    unit_price, currency, value
FROM snowgate.raw.events
QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY occurred_at ASC) = 1;
