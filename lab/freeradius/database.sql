-- On top of the stock PostgreSQL schema of FreeRADIUS. Idempotent.
-- Disconnect and the "online" list look for the open sessions of one user.
CREATE INDEX IF NOT EXISTS silver_radacct_open_user ON radacct (username) WHERE acctstoptime IS NULL;
-- "why can this customer not connect": the last answers to one user
CREATE INDEX IF NOT EXISTS silver_radpostauth_user ON radpostauth (username, id);
CREATE UNIQUE INDEX IF NOT EXISTS silver_nas_name ON nas (nasname);
