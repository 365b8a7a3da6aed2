"""Names as they are folded and as they sound, with the year of birth, for a search that policy lets go without tokens.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_FOLDED = """
regexp_replace(
    replace(replace(replace(replace(
        translate(normalize(lower(name COLLATE pg_c_utf8), NFKD), 'øłđðıħŧ', 'olddiht'),
    'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), 'ß', 'ss'),
'[^[:alnum:]]', '', 'g')
"""
FOLDED = f"""
CREATE FUNCTION ndsc_folded(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN {_FOLDED}
"""
# It does not call the other: what keeps an index up to date (VACUUM) finds functions of pg_catalog alone.
SOUND = rf"""
CREATE FUNCTION ndsc_sound(name text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    folded text := {_FOLDED};
    latin text := regexp_replace(folded, '[^a-z]', '', 'g');
    codes text;
BEGIN
    IF latin = '' THEN
        RETURN folded;
    END IF;
    codes := regexp_replace(latin, '^[hw]', 'a');
    codes := translate(codes, 'aeiouybfpvcgjkqsxzdtlmnrhw', '000000111122222222334556');
    codes := replace(substr(regexp_replace(codes, '(.)\1+', '\1', 'g'), 2), '0', '');
    RETURN upper(left(latin, 1)) || left(rpad(codes, 3, '0'), 3);
END
$$
"""
_PEOPLE = sa.text("kind = 'person'")
_OLD = {"record_given_name": "lower(body ->> 'given_name')", "record_surname": "lower(body ->> 'surname')"}
_NEW = {
    "record_given_name": ("ndsc_sound(body ->> 'given_name')", "\"left\"(body ->> 'date_of_birth', 4)"),
    "record_surname": (
        "ndsc_sound(body ->> 'surname')",
        "ndsc_sound(body ->> 'given_name')",
        "\"left\"(body ->> 'date_of_birth', 4)",
        "ndsc_folded(body ->> 'surname')",
        "ndsc_folded(body ->> 'given_name')",
    ),
}


def upgrade() -> None:
    op.execute(FOLDED)
    op.execute(SOUND)
    for name, expressions in _NEW.items():
        op.drop_index(name, "record")
        op.create_index(name, "record", [sa.literal_column(one) for one in expressions], postgresql_where=_PEOPLE)


def downgrade() -> None:
    for name, expression in _OLD.items():
        op.drop_index(name, "record")
        op.create_index(name, "record", [sa.literal_column(expression)], postgresql_where=_PEOPLE)
    op.execute("DROP FUNCTION ndsc_sound(text)")
    op.execute("DROP FUNCTION ndsc_folded(text)")
