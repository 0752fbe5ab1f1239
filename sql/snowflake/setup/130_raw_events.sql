-- What customers did, as Snowpipe Streaming and loads bring it: append-only, an event may come twice. All in UTC.
-- Run after 030_database.sql. Running it again changes nothing.
-- The stream gives new events to the task of 420_fill_events.sql.
USE ROLE snowgate_admin;

USE SCHEMA snowgate.raw;

CREATE TABLE IF NOT EXISTS events (
    event_id VARCHAR(36) NOT NULL,
    customer_id NUMBER(19, 0) NOT NULL,
    session_id NUMBER(19, 0),
    event_type VARCHAR(32) NOT NULL,
    occurred_at TIMESTAMP_NTZ NOT NULL,
    region VARCHAR(32) NOT NULL,
    product_id NUMBER(19, 0),
    category_id VARCHAR(64),
    store_id NUMBER(10, 0),
    quantity NUMBER(10, 0) NOT NULL DEFAULT 1,
    unit_price NUMBER(12, 2),
    currency VARCHAR(3) NOT NULL DEFAULT 'USD',
    value FLOAT
);

CREATE STREAM IF NOT EXISTS new_events ON TABLE events APPEND_ONLY = TRUE;

GRANT INSERT ON TABLE events TO ROLE snowgate_service;
