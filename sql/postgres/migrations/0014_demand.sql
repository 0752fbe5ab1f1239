-- What is in fashion now, and which products are used up and bought again. See src/jobs/demand.
ALTER TABLE product_statistics
ADD COLUMN demand double precision,
ADD COLUMN repeat_chance double precision,
ADD COLUMN repeat_interval double precision;

COMMENT ON COLUMN product_statistics.demand
IS 'ln of how much more the region will want it in the next two weeks than an average product; NULL when not known';
COMMENT ON COLUMN product_statistics.repeat_chance
IS 'probability that it is used up and bought again after repeat_interval; NULL when not known';
COMMENT ON COLUMN product_statistics.repeat_interval
IS 'days that it lasts if it is used up; NULL when not known, and repeat_days, the median, is what there is';
