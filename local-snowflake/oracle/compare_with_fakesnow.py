"""Runs the golden statements on fakesnow, an independent executor of Snowflake SQL, and lists what it answers otherwise.

Usage: npm run snowflake-local:oracle

Fails when a difference is not in differences.json (somebody must judge who is right) or one listed there is gone.
"""

import datetime
import decimal
import json
import logging
import pathlib
import re
import sys
import warnings

import fakesnow
import snowflake.connector

HERE = pathlib.Path(__file__).parent
GOLDEN = HERE.parent / "golden"


def cell(value):
    """A value as the golden files write it: numbers and dates as text, variants as JSON."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, (int, decimal.Decimal)):
        return format(value, "f") if isinstance(value, decimal.Decimal) else str(value)
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03d}"
    if isinstance(value, (datetime.date, datetime.time)):
        return str(value)
    text = str(value)
    if text[:1] in "[{":
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def same(expected, actual):
    """Text in quotes is how the Python connector gives a string inside a VARIANT."""
    if actual == expected:
        return True
    if isinstance(actual, str) and isinstance(expected, str):
        return actual.strip('"') == expected
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        return all(same(one, other) for one, other in zip(expected, actual))
    return False


def standard(sql):
    """fakesnow knows no hybrid tables; without their indexes they are standard tables with keys."""
    return re.sub(r", INDEX \w+ \([^)]*\)( INCLUDE \([^)]*\))?", "", sql.replace("HYBRID TABLE", "TABLE"))


def answer(connection, golden):
    cursor = connection.cursor()
    for sql in ["USE SCHEMA golden.public", *golden.get("setup", [])]:
        cursor.execute(standard(sql))
    if "failing" in golden:
        try:
            cursor.execute(golden["failing"])
        except snowflake.connector.errors.Error:
            pass
    rows = [[cell(value) for value in row] for row in cursor.execute(golden["sql"]).fetchall()]
    if "then" not in golden:
        return rows, golden["rows"]
    return [[cell(value) for value in row] for row in cursor.execute(golden["then"]).fetchall()], golden["thenRows"]


def main():
    # What fakesnow cannot read, or does not do well, shows in its answers.
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    known = json.loads((HERE / "differences.json").read_text())
    found = {}
    for file in sorted(GOLDEN.glob("*.json")):
        if file.name == "refusals.json":
            continue
        for golden in json.loads(file.read_text()):
            with fakesnow.patch():
                connection = snowflake.connector.connect(database="golden", schema="public")
                try:
                    actual, expected = answer(connection, golden)
                    if not same(expected, actual):
                        found[golden["name"]] = f"answers {json.dumps(actual)}"
                except Exception as error:  # whatever it raises is a difference
                    found[golden["name"]] = f"fails: {str(error).splitlines()[0][:160]}"
    new = {name: what for name, what in found.items() if name not in known}
    gone = [name for name in known if name not in found]
    for name, what in new.items():
        print(f"new difference: {name}: {what}")
    for name in gone:
        print(f"no difference any more: {name}")
    print(f"{len(found)} differences, {len(new)} of them new")
    sys.exit(1 if new or gone else 0)


if __name__ == "__main__":
    main()
