-- The nearest neighbours of products, for one batch.
-- :1 list of number(19) product ids
-- At most 20 rows per product; within a product by similarity descending, then neighbour id ascending.
SELECT product_id, neighbour_id, similarity
FROM product_neighbours
WHERE product_id IN (/*list*/ :1)
ORDER BY product_id ASC, similarity DESC, neighbour_id ASC;
