-- Everything a region keeps, in stock or not, with what ranking needs to know of a product.
-- :1 varchar region
-- One row per product, by product id ascending. Statistics are NULL before they were first computed.
SELECT
    i.product_id, p.category_id, c.category_name, p.brand, p.price, p.product_tier, p.is_perishable, i.quantity_on_hand,
    s.relative_price, s.popularity, s.view_popularity, s.recent_popularity, s.category_trend, s.repeat_rate,
    s.repeat_days, s.repeat_chance, s.repeat_interval, s.demand, s.style, s.as_of AS statistics_as_of
FROM inventory AS i
INNER JOIN products AS p ON i.product_id = p.product_id
INNER JOIN product_categories AS c ON p.category_id = c.category_id
LEFT JOIN product_statistics AS s ON i.region = s.region AND i.product_id = s.product_id
WHERE i.region = :1
ORDER BY i.product_id;
