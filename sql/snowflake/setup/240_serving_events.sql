-- What customers did, append-only. Moments are in UTC; event ids are UUIDs in lower case, so that their text sorts as
-- they do. Only a rating has a value: its stars, above 0 and at most 5.
-- Run after 030_database.sql. Running it again changes nothing.
USE ROLE snowgate_admin;

USE SCHEMA snowgate.serving;

CREATE HYBRID TABLE IF NOT EXISTS events (
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
    value FLOAT,
    PRIMARY KEY (event_id),
    INDEX events_customer (customer_id, occurred_at, event_id)
);
