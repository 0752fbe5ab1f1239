-- What an operator should hear of: tasks and refreshes that failed, gold tables that are old. Each alert writes into a
-- table; who wants mail adds a notification integration and calls system$send_email there.
-- Run after 430_fill_derived.sql. Running it again changes nothing.
USE ROLE snowgate_admin;

USE SCHEMA snowgate.gateway;

CREATE TABLE IF NOT EXISTS raised_alerts (
    raised_at TIMESTAMP_NTZ NOT NULL,
    alert VARCHAR(64) NOT NULL
);

CREATE ALERT IF NOT EXISTS task_failed
WAREHOUSE = snowgate_load_wh
SCHEDULE = '15 MINUTE'
IF (EXISTS (
    SELECT name
    FROM TABLE(snowgate.information_schema.task_history())
    WHERE state = 'FAILED' AND completed_time > dateadd(MINUTE, -15, current_timestamp())
))
THEN
INSERT INTO snowgate.gateway.raised_alerts SELECT sysdate() AS raised_at, 'task_failed' AS alert;

CREATE ALERT IF NOT EXISTS refresh_failed
WAREHOUSE = snowgate_load_wh
SCHEDULE = '15 MINUTE'
IF (EXISTS (
    SELECT name
    FROM TABLE(snowgate.information_schema.dynamic_table_refresh_history())
    WHERE state = 'FAILED'
))
THEN
INSERT INTO snowgate.gateway.raised_alerts SELECT sysdate() AS raised_at, 'refresh_failed' AS alert;

CREATE ALERT IF NOT EXISTS gold_is_old
WAREHOUSE = snowgate_load_wh
SCHEDULE = '60 MINUTE'
IF (EXISTS (
    SELECT table_name
    FROM snowgate.gold.freshness
    WHERE as_of < dateadd(HOUR, -3, sysdate())
))
THEN
INSERT INTO snowgate.gateway.raised_alerts SELECT sysdate() AS raised_at, 'gold_is_old' AS alert;

ALTER ALERT task_failed RESUME;

ALTER ALERT refresh_failed RESUME;

ALTER ALERT gold_is_old RESUME;
