-- Names are sorted byte by byte in every database: as Snowflake sorts them, and as the embedded Postgres does anyway. A
-- database with a language's order of its own would page through the catalog in another order than the next store.
DROP INDEX products_name;
CREATE INDEX products_name ON products (product_name COLLATE "C", product_id);
