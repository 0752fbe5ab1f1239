-- Takes away everything that the setup files made, data included. There is no way back: hybrid tables know no UNDROP.
-- Running it again changes nothing.
DROP DATABASE IF EXISTS snowgate;

DROP WAREHOUSE IF EXISTS snowgate_wh;
