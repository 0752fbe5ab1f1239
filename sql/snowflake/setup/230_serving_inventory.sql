-- Live stock: one row per region and product. Moments are in UTC.
-- Run after 030_database.sql. Running it again changes nothing.
USE ROLE snowgate_admin;

USE SCHEMA snowgate.serving;

CREATE HYBRID TABLE IF NOT EXISTS inventory (
    region VARCHAR(32) NOT NULL,
    product_id NUMBER(19, 0) NOT NULL,
    warehouse_name VARCHAR(64) NOT NULL,
    quantity_on_hand NUMBER(10, 0) NOT NULL,
    estimated_delivery_days NUMBER(10, 0) NOT NULL,
    updated_at TIMESTAMP_NTZ NOT NULL,
    PRIMARY KEY (region, product_id),
    INDEX inventory_product (product_id)
    INCLUDE (warehouse_name, quantity_on_hand, estimated_delivery_days, updated_at)
);
