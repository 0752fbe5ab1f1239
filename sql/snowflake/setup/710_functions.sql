-- SQL functions that the gateway answers: recommendations of customers, and the predicted affinity of pairs.
-- Run after 630_service_access.sql. Running it again makes them anew: a service function knows no IF NOT EXISTS.
-- A batch of 1,000 takes about 2 s. One that fails as a whole, because no instance is ready, is tried three times
-- within a minute, by default it would be an hour; then the statement fails: null could be taken for an answer.
-- Rows travel in batches to the envelope routes of the gateway, and each row gets its own answer or its own error:
--   SELECT customer_id, snowgate.gateway.recommend(object_construct('customer_id', customer_id, 'top_n', 5)::VARIANT)
--   SELECT snowgate.gateway.predicted_affinity(customer_id, product_id)
USE ROLE snowgate_admin;

USE SCHEMA snowgate.gateway;

CREATE OR REPLACE FUNCTION recommend(params VARIANT)
RETURNS VARIANT
SERVICE = snowgate.gateway.gateway
ENDPOINT = api
MAX_BATCH_ROWS = 1000
MAX_BATCH_RETRIES = 3
ON_BATCH_FAILURE = ABORT
BATCH_TIMEOUT_SECS = 60
AS '/recommend';

CREATE OR REPLACE FUNCTION predicted_affinity(customer_id NUMBER, product_id NUMBER)
RETURNS VARIANT
SERVICE = snowgate.gateway.gateway
ENDPOINT = api
MAX_BATCH_ROWS = 1000
MAX_BATCH_RETRIES = 3
ON_BATCH_FAILURE = ABORT
BATCH_TIMEOUT_SECS = 60
AS '/invoke';

GRANT USAGE ON FUNCTION recommend(VARIANT) TO ROLE snowgate_caller;

GRANT USAGE ON FUNCTION predicted_affinity(NUMBER, NUMBER) TO ROLE snowgate_caller;
