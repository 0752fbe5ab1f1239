-- The catalog: categories and products.
-- Run after 030_database.sql. Running it again changes nothing.
-- No foreign keys in any of these files: CREATE TABLE … AS cannot declare them, so that they would be lost whenever a
-- sync fills a new table and swaps it in.
USE ROLE snowgate_admin;

USE SCHEMA snowgate.serving;

CREATE HYBRID TABLE IF NOT EXISTS product_categories (
    category_id VARCHAR(64) NOT NULL,
    category_name VARCHAR(256) NOT NULL,
    department VARCHAR(256) NOT NULL,
    PRIMARY KEY (category_id)
);

CREATE HYBRID TABLE IF NOT EXISTS products (
    product_id NUMBER(19, 0) NOT NULL,
    product_name VARCHAR(512) NOT NULL,
    brand VARCHAR(256) NOT NULL,
    category_id VARCHAR(64) NOT NULL,
    price NUMBER(12, 2) NOT NULL,
    currency VARCHAR(3) NOT NULL DEFAULT 'USD',
    weight_lbs NUMBER(8, 2),
    is_perishable BOOLEAN NOT NULL DEFAULT FALSE,
    product_tier VARCHAR(32) NOT NULL,
    PRIMARY KEY (product_id),
    INDEX products_category (category_id, product_id),
    INDEX products_price (price, product_id),
    INDEX products_name (product_name, product_id)
);
