"""Let the database itself refuse to change or delete a row of the ledger."""

from django.db import migrations

MESSAGE = "The ledger is only added to; book the opposite."

# INSERT OR REPLACE deletes without asking the trigger on deleting, so it is refused before it begins.
SQLITE = [
    f"CREATE TRIGGER funding_ledger_keeps_{verb.lower()} BEFORE {verb} ON funding_transfer "
    f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    for verb in ("UPDATE", "DELETE")
] + [
    "CREATE TRIGGER funding_ledger_keeps_replace BEFORE INSERT ON funding_transfer "
    "WHEN EXISTS (SELECT 1 FROM funding_transfer WHERE id = NEW.id OR key = NEW.key OR reverses_id = NEW.reverses_id) "
    "BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: funding_transfer is only added to'); END"
]
SQLITE_BACK = [f"DROP TRIGGER funding_ledger_keeps_{verb}" for verb in ("update", "delete", "replace")]

POSTGRES = [
    "CREATE FUNCTION funding_ledger_keeps() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
    "CREATE TRIGGER funding_ledger_keeps_rows BEFORE UPDATE OR DELETE ON funding_transfer "
    "FOR EACH ROW EXECUTE FUNCTION funding_ledger_keeps()",
    "CREATE TRIGGER funding_ledger_keeps_all BEFORE TRUNCATE ON funding_transfer "
    "FOR EACH STATEMENT EXECUTE FUNCTION funding_ledger_keeps()",
]
POSTGRES_BACK = [
    "DROP TRIGGER funding_ledger_keeps_rows ON funding_transfer",
    "DROP TRIGGER funding_ledger_keeps_all ON funding_transfer",
    "DROP FUNCTION funding_ledger_keeps()",
]


def guard(apps, schema_editor):
    for statement in POSTGRES if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def unguard(apps, schema_editor):
    for statement in POSTGRES_BACK if schema_editor.connection.vendor == "postgresql" else SQLITE_BACK:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("funding", "0001_initial")]

    operations = [migrations.RunPython(guard, unguard)]
