"""Triggers by which PostgreSQL itself keeps the life of a contract on its rails."""

from odoo.tools import SQL

from .transitions import allowed_pairs

STATE_TRIGGER = "isp_contract_state_guard"


def event_pair_check():
    """:return: text of the CHECK that ties an event to the table of transitions."""
    pairs = ", ".join(f"'{before}>{after}'" for before, after in sorted(allowed_pairs()))
    return f"CHECK (state_from = state_to OR state_from || '>' || state_to IN ({pairs}))"


def install_state_guard(cr):
    """Refuse a contract born in any state but draft, and any pair that no transition makes.

    It is regenerated from the table at every update of the module, so that the two never differ.

    :param cr: database cursor
    """
    pairs = ", ".join(f"'{before}>{after}'" for before, after in sorted(allowed_pairs()))
    cr.execute(
        SQL(
            """
            CREATE OR REPLACE FUNCTION isp_contract_state_guard() RETURNS trigger
            LANGUAGE plpgsql AS $body$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    IF NEW.state <> 'draft' THEN
                        RAISE EXCEPTION 'A contract starts as a draft (%%: %%).',
                            NEW.name, NEW.state
                            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME,
                                  CONSTRAINT = TG_NAME;
                    END IF;
                ELSIF OLD.state IS DISTINCT FROM NEW.state
                      AND OLD.state || '>' || COALESCE(NEW.state, '') NOT IN ({pairs}) THEN
                    RAISE EXCEPTION 'Contract %% cannot go from %% to %%.',
                        NEW.name, OLD.state, NEW.state
                        USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME,
                              CONSTRAINT = TG_NAME;
                END IF;
                RETURN NEW;
            END $body$
            """.replace("{pairs}", pairs)
        )
    )
    cr.execute(
        SQL(
            """
            CREATE OR REPLACE TRIGGER isp_contract_state_guard
                BEFORE INSERT OR UPDATE OF state ON isp_contract
                FOR EACH ROW EXECUTE FUNCTION isp_contract_state_guard()
            """
        )
    )
