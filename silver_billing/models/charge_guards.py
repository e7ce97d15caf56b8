"""What PostgreSQL itself refuses about charges and their allocations."""

from odoo.tools import SQL


def install_charge_guards(cr):
    """A closed period takes no charge. Idempotent; called from ``init()``."""
    cr.execute(
        SQL(
            """
            CREATE OR REPLACE FUNCTION isp_charge_period_open() RETURNS trigger
            LANGUAGE plpgsql AS $body$
            BEGIN
                IF EXISTS (SELECT FROM isp_billing_period
                            WHERE id = NEW.period_id AND state = 'closed') THEN
                    RAISE EXCEPTION 'The billing period is closed: it takes no more charges.'
                        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME,
                              CONSTRAINT = TG_NAME;
                END IF;
                RETURN NEW;
            END $body$;
            CREATE OR REPLACE TRIGGER isp_charge_period_open
                BEFORE UPDATE OF period_id ON isp_charge
                FOR EACH ROW EXECUTE FUNCTION isp_charge_period_open();

            -- new charges: asked once for each statement, however many rows it brings
            CREATE OR REPLACE FUNCTION isp_charge_period_open_new() RETURNS trigger
            LANGUAGE plpgsql AS $body$
            BEGIN
                IF EXISTS (SELECT FROM isp_billing_period
                            WHERE state = 'closed' AND id IN (SELECT period_id FROM added)) THEN
                    RAISE EXCEPTION 'The billing period is closed: it takes no more charges.'
                        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME,
                              CONSTRAINT = TG_NAME;
                END IF;
                RETURN NULL;
            END $body$;
            CREATE OR REPLACE TRIGGER isp_charge_period_open_new
                AFTER INSERT ON isp_charge REFERENCING NEW TABLE AS added
                FOR EACH STATEMENT EXECUTE FUNCTION isp_charge_period_open_new();
            """
        )
    )


def install_allocation_guards(cr):
    """Sums are checked at the end of the transaction, when accounting is complete. Idempotent."""
    cr.execute(
        SQL(
            """
            CREATE OR REPLACE FUNCTION isp_allocation_sums() RETURNS trigger
            LANGUAGE plpgsql AS $body$
            DECLARE
                worth numeric;
                spent numeric;
            BEGIN
                SELECT amount_total INTO worth FROM isp_charge WHERE id = NEW.charge_id;
                SELECT SUM(amount) INTO spent FROM isp_charge_payment
                 WHERE charge_id = NEW.charge_id;
                IF spent > worth + 0.000001 THEN
                    RAISE EXCEPTION 'Charge %% is worth %% and %% would be allocated to it.',
                        NEW.charge_id, worth, spent
                        USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME,
                              CONSTRAINT = TG_NAME;
                END IF;
                IF NEW.payment_id IS NOT NULL THEN
                    -- another currency is compared by the audit, through the reconciliation
                    SELECT payment.amount INTO worth FROM account_payment payment
                      JOIN isp_charge charge ON charge.id = NEW.charge_id
                       AND charge.currency_id = payment.currency_id
                     WHERE payment.id = NEW.payment_id;
                    SELECT SUM(amount) INTO spent FROM isp_charge_payment
                     WHERE payment_id = NEW.payment_id;
                    IF spent > worth + 0.000001 THEN
                        RAISE EXCEPTION 'Payment %% is of %% and %% would be allocated from it.',
                            NEW.payment_id, worth, spent
                            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME,
                                  CONSTRAINT = TG_NAME;
                    END IF;
                END IF;
                RETURN NULL;
            END $body$;

            DROP TRIGGER IF EXISTS isp_allocation_sums ON isp_charge_payment;
            CREATE CONSTRAINT TRIGGER isp_allocation_sums
                AFTER INSERT OR UPDATE ON isp_charge_payment
                DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION isp_allocation_sums();
            """
        )
    )


def install_charge_total_guard(cr):
    """The worth of a charge does not go below what is allocated to it. Idempotent."""
    cr.execute(
        SQL(
            """
            CREATE OR REPLACE FUNCTION isp_charge_total_covers() RETURNS trigger
            LANGUAGE plpgsql AS $body$
            DECLARE
                spent numeric;
            BEGIN
                SELECT SUM(amount) INTO spent FROM isp_charge_payment WHERE charge_id = NEW.id;
                IF spent > NEW.amount_total + 0.000001 THEN
                    RAISE EXCEPTION 'Charge %% has %% allocated: it cannot be worth %%.',
                        NEW.id, spent, NEW.amount_total
                        USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME,
                              CONSTRAINT = TG_NAME;
                END IF;
                RETURN NULL;
            END $body$;

            DROP TRIGGER IF EXISTS isp_charge_total_covers ON isp_charge;
            CREATE CONSTRAINT TRIGGER isp_charge_total_covers
                AFTER UPDATE OF amount_total ON isp_charge
                DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION isp_charge_total_covers();
            """
        )
    )
