-- What the tables hold, at most one row: where the data comes from and whether all of it is there (completed_at, UTC).
-- `snowgate seed --to snowflake` writes it, and replaces no data that it does not find described here.
-- Run after 030_database.sql. Running it again changes nothing.
USE ROLE snowgate_admin;

USE SCHEMA snowgate.serving;

CREATE TABLE IF NOT EXISTS dataset (
    source VARCHAR(64) NOT NULL,
    seed NUMBER(10, 0),
    customers NUMBER(10, 0),
    as_of TIMESTAMP_NTZ NOT NULL,
    completed_at TIMESTAMP_NTZ
);
