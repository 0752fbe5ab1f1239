/**
 * Functions that DuckDB has not, or has with another meaning, as DuckDB macros. A macro's arguments are copied into its
 * body, so one that is used twice is computed twice.
 */
export const MACROS: readonly string[] = [
  // Text as Snowflake casts to it. Every branch must bind for every type, so values go through VARCHAR.
  `sf_text(x) AS CASE
     WHEN typeof(x) = 'JSON' THEN json_extract_string(TRY_CAST(CAST(x AS VARCHAR) AS JSON), '$')
     WHEN typeof(x) = 'TIMESTAMP WITH TIME ZONE'
       THEN strftime(TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMPTZ), '%Y-%m-%d %H:%M:%S.%g %z') || '00'
     WHEN typeof(x) LIKE 'TIMESTAMP%' THEN strftime(TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g')
     WHEN typeof(x) IN ('DOUBLE', 'FLOAT') AND CAST(x AS VARCHAR) LIKE '%.0' THEN left(CAST(x AS VARCHAR), -2)
     ELSE CAST(x AS VARCHAR) END`,
  // Six digits more than the numerator has; doubles stay doubles.
  `sf_divide(a, b) AS cast_to_type(
     a / (CASE WHEN b = 0 THEN error('Division by zero') ELSE b END), CASE WHEN TRUE THEN a * CAST(0 AS DECIMAL(37, 6)) ELSE b END)`,
  `sf_modulo(a, b) AS a % (CASE WHEN b = 0 THEN error('Division by zero') ELSE b END)`,
  `sf_average(a) AS cast_to_type(avg(a), max(a) * CAST(0 AS DECIMAL(37, 6)))`,
  `sf_div0(a, b) AS CASE WHEN b = 0 AND a IS NOT NULL THEN 0 ELSE cast_to_type(a / nullif(b, 0), CASE WHEN TRUE THEN a * CAST(0 AS DECIMAL(37, 6)) ELSE b END) END`,
  `sf_div0null(a, b) AS CASE WHEN coalesce(b, 0) = 0 AND a IS NOT NULL THEN 0 ELSE cast_to_type(a / nullif(b, 0), CASE WHEN TRUE THEN a * CAST(0 AS DECIMAL(37, 6)) ELSE b END) END`,
  `sf_concat_ws(separator, list) AS CASE WHEN list_contains(list_transform(list, lambda v: v IS NULL), TRUE) THEN NULL
     ELSE array_to_string(list, separator) END`,
  `sf_substring(s, start_at, characters) AS substring(s, CASE WHEN start_at = 0 THEN 1 ELSE start_at END, characters)`,
  `sf_substring_from(s, start_at) AS substring(s, CASE WHEN start_at = 0 THEN 1 ELSE start_at END)`,
  `sf_initcap(s) AS array_to_string(list_transform(string_split(s, ' '), lambda w: upper(left(w, 1)) || lower(substring(w, 2))), ' ')`,
  `sf_regexp_substr(s, p) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p) END`,
  `sf_date_trunc(part, x) AS cast_to_type(date_trunc(part, x), x)`,
  `sf_last_day(x) AS CAST(last_day(CAST(x AS DATE)) AS DATE)`,
  `sf_add_months(x, n) AS cast_to_type(x + to_months(CAST(n AS INTEGER)), x)`,
  `sf_timestamp(x) AS CASE
     WHEN typeof(x) IN ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT', 'DOUBLE') OR typeof(x) LIKE 'DECIMAL%'
       THEN make_timestamp(CAST(CAST(CAST(x AS VARCHAR) AS DECIMAL(38, 6)) * 1000000 AS BIGINT))
     ELSE TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMP) END`,
  `sf_json(x) AS to_json(x)`,
  `sf_get(v, k) AS json_extract(v, '/' || replace(replace(CAST(k AS VARCHAR), '~', '~0'), '/', '~1'))`,
  `sf_array_size(v) AS CASE WHEN json_type(v) = 'ARRAY' THEN json_array_length(v) END`,
  // A NULL becomes a JSON null inside an array, and its key is left out of an object.
  `sf_object(ks, vs) AS CAST('{' || coalesce(array_to_string(list_transform(
     list_filter(list_zip(ks, vs), lambda p: p[1] IS NOT NULL AND p[2] IS NOT NULL),
     lambda p: to_json(p[1]) || ':' || p[2]), ','), '') || '}' AS JSON)`,
  `sf_array(vs) AS CAST('[' || array_to_string(list_transform(vs, lambda v: coalesce(CAST(v AS VARCHAR), 'null')), ',') || ']' AS JSON)`,
  `sf_array_agg(vs) AS CAST('[' || coalesce(array_to_string(list_transform(list_filter(vs, lambda v: v IS NOT NULL), lambda v: CAST(v AS VARCHAR)), ','), '') || ']' AS JSON)`,
  `sf_array_contains(x, v) AS list_contains(CAST(v AS JSON[]), to_json(x))`,
  `sf_is_null_value(v) AS json_type(v) = 'NULL'`,
  `sf_typeof(v) AS CASE json_type(v) WHEN 'UBIGINT' THEN 'INTEGER' WHEN 'BIGINT' THEN 'INTEGER' WHEN 'HUGEINT' THEN 'INTEGER'
     WHEN 'DOUBLE' THEN 'DECIMAL' WHEN 'NULL' THEN 'NULL_VALUE' ELSE json_type(v) END`,
  `sf_flatten(input, is_outer) AS TABLE
     SELECT 1::DECIMAL(38, 0) AS "SEQ", e.k AS "KEY", coalesce(e.k, '[' || e.i || ']') AS "PATH",
       CAST(e.i AS DECIMAL(38, 0)) AS "INDEX", e.v AS "VALUE", input AS "THIS"
     FROM (SELECT unnest(CASE
       WHEN json_type(input) = 'ARRAY' AND json_array_length(input) > 0 THEN list_transform(CAST(input AS JSON[]),
         lambda v, n: {'k': CAST(NULL AS VARCHAR), 'i': CAST(n - 1 AS BIGINT), 'v': coalesce(v, CAST('null' AS JSON))})
       WHEN json_type(input) = 'OBJECT' AND len(json_keys(input)) > 0 THEN list_transform(json_keys(input),
         lambda n: {'k': n, 'i': CAST(NULL AS BIGINT),
           'v': json_extract(input, '/' || replace(replace(n, '~', '~0'), '/', '~1'))})
       WHEN is_outer THEN [{'k': CAST(NULL AS VARCHAR), 'i': CAST(NULL AS BIGINT), 'v': CAST(NULL AS JSON)}]
       ELSE [] END) AS e)`,
];
