-- On top of the stock PostgreSQL schema of FreeRADIUS. Idempotent.
-- Disconnect and the "online" list look for the open sessions of one user.
CREATE INDEX IF NOT EXISTS silver_radacct_open_user ON radacct (username) WHERE acctstoptime IS NULL;
-- "why can this customer not connect": the last answers to one user
CREATE INDEX IF NOT EXISTS silver_radpostauth_user ON radpostauth (username, id);
CREATE UNIQUE INDEX IF NOT EXISTS silver_nas_name ON nas (nasname);
-- A router that gives a second session the name of an ended one (hostapd does, others after a reboot): stock FreeRADIUS leaves the
-- row ended, and the customer is online for nobody. The old row gets another name, so that the new session has a row of its own.
CREATE OR REPLACE FUNCTION silver_radacct_name_again() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE radacct SET acctuniqueid = acctuniqueid || '/' || radacctid
    WHERE acctuniqueid = NEW.acctuniqueid AND acctstoptime <= NEW.acctstarttime AND NEW.acctstoptime IS NULL;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER silver_radacct_name_again BEFORE INSERT ON radacct
    FOR EACH ROW EXECUTE FUNCTION silver_radacct_name_again();
