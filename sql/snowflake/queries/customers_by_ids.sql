-- Customers by id, for one batch.
-- :1 list of number(19) ids
-- At most one row per id; order is not guaranteed, callers align by id.
SELECT
    customer_id, first_name, email, joined_on, loyalty_tier, home_region, zip_code, has_app, email_opt_in
FROM customers
WHERE customer_id IN (/*list*/ :1);
