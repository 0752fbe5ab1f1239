-- What comes in about products: categories, products, stock.
-- Run after 030_database.sql. Running it again changes nothing.
-- Standard tables, because dynamic tables and streams cannot read hybrid ones. Keys are said, not enforced: whoever
-- loads them sends each key once.
USE ROLE snowgate_admin;

USE SCHEMA snowgate.raw;

CREATE TABLE IF NOT EXISTS product_categories (
    category_id VARCHAR(64) NOT NULL,
    category_name VARCHAR(256) NOT NULL,
    department VARCHAR(256) NOT NULL,
    PRIMARY KEY (category_id)
);

CREATE TABLE IF NOT EXISTS products (
    product_id NUMBER(19, 0) NOT NULL,
    product_name VARCHAR(512) NOT NULL,
    brand VARCHAR(256) NOT NULL,
    category_id VARCHAR(64) NOT NULL,
    price NUMBER(12, 2) NOT NULL,
    currency VARCHAR(3) NOT NULL DEFAULT 'USD',
    weight_lbs NUMBER(8, 2),
    is_perishable BOOLEAN NOT NULL DEFAULT FALSE,
    product_tier VARCHAR(32) NOT NULL,
    PRIMARY KEY (product_id)
);

CREATE TABLE IF NOT EXISTS inventory (
    region VARCHAR(32) NOT NULL,
    product_id NUMBER(19, 0) NOT NULL,
    warehouse_name VARCHAR(64) NOT NULL,
    quantity_on_hand NUMBER(10, 0) NOT NULL,
    estimated_delivery_days NUMBER(10, 0) NOT NULL,
    updated_at TIMESTAMP_NTZ NOT NULL,
    PRIMARY KEY (region, product_id)
);
