-- Deleting what the law no longer wants kept. A row of isp_ip_history_purge, written in the same
-- transaction, is what the guards ask for: no purge without its record.

-- The last seal of what was purged of an address, so that the chain of what follows still holds.
-- It names nobody.
CREATE TABLE IF NOT EXISTS isp_ip_history_anchor (
    domain_id integer NOT NULL,
    ip_address inet NOT NULL,
    close_hash varchar NOT NULL,
    purge_id integer NOT NULL,
    PRIMARY KEY (domain_id, ip_address)
);

-- When and by which transaction: never what the writer says.
CREATE OR REPLACE FUNCTION isp_ip_purge_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.purged_at := date_trunc('second', isp_ip_now());
    NEW.txid := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER isp_ip_history_purge_stamp BEFORE INSERT ON isp_ip_history_purge
    FOR EACH ROW EXECUTE FUNCTION isp_ip_purge_stamp();

CREATE OR REPLACE FUNCTION isp_ip_may_purge(of_company integer, ended timestamp) RETURNS boolean
LANGUAGE sql STABLE AS $$
SELECT coalesce(bool_or(ended < p.cutoff), false) FROM isp_ip_history_purge p
 WHERE p.txid = pg_current_xact_id()::text::bigint AND p.company_id = of_company $$;

-- The periods of a company that ended before an instant and have nothing older that stays (a chain is
-- cut from its old end, never in the middle).
CREATE OR REPLACE FUNCTION isp_ip_purgeable(of_company integer, before timestamp)
RETURNS SETOF integer LANGUAGE sql STABLE AS $$
SELECT h.id FROM isp_ip_assignment_history h
 WHERE h.company_id = of_company AND h.date_to < before
   AND NOT EXISTS (
       SELECT FROM isp_ip_assignment_history o
        WHERE o.domain_id = h.domain_id AND o.ip_address = h.ip_address AND o.id < h.id
          AND NOT (o.company_id IS NOT DISTINCT FROM of_company
                   AND coalesce(o.date_to < before, false))) $$;

CREATE OR REPLACE FUNCTION isp_ip_purge(purge integer, OUT periods bigint, OUT blocks bigint)
LANGUAGE plpgsql AS $$
DECLARE
    p isp_ip_history_purge;
BEGIN
    SELECT * INTO p FROM isp_ip_history_purge WHERE id = purge;
    WITH gone AS (
        DELETE FROM isp_ip_assignment_history
         WHERE id IN (SELECT id FROM isp_ip_purgeable(p.company_id, p.cutoff) AS id)
        RETURNING id, domain_id, ip_address, close_hash
    ), anchored AS (
        INSERT INTO isp_ip_history_anchor AS a (domain_id, ip_address, close_hash, purge_id)
        SELECT DISTINCT ON (domain_id, ip_address) domain_id, ip_address, close_hash, purge
          FROM gone ORDER BY domain_id, ip_address, id DESC
        ON CONFLICT (domain_id, ip_address)
        DO UPDATE SET close_hash = EXCLUDED.close_hash, purge_id = EXCLUDED.purge_id
    )
    SELECT count(*) INTO periods FROM gone;
    DELETE FROM isp_cgnat_block WHERE company_id = p.company_id AND date_to < p.cutoff;
    GET DIAGNOSTICS blocks = ROW_COUNT;
END $$;

-- The anchors change only while a purge runs.
CREATE OR REPLACE FUNCTION isp_ip_anchor_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP IN ('INSERT', 'UPDATE') AND EXISTS (
        SELECT FROM isp_ip_history_purge
         WHERE id = NEW.purge_id AND txid = pg_current_xact_id()::text::bigint) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'The seals of what was purged are only written by a purge'
        USING ERRCODE = 'restrict_violation', TABLE = 'isp_ip_history_anchor',
              CONSTRAINT = 'isp_ip_history_anchor_guard';
END $$;

CREATE OR REPLACE TRIGGER isp_ip_history_anchor_guard
    BEFORE INSERT OR UPDATE OR DELETE ON isp_ip_history_anchor
    FOR EACH ROW EXECUTE FUNCTION isp_ip_anchor_guard();

-- Port blocks that the CGNAT handed out: written when they begin, closed once, never rewritten.
CREATE OR REPLACE FUNCTION isp_cgnat_block_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    closing text[] := ARRAY['date_to', 'end_reason'];
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.date_to IS NULL AND NEW.date_to IS NOT NULL
       AND to_jsonb(NEW) - closing = to_jsonb(OLD) - closing THEN
        RETURN NEW;
    ELSIF TG_OP = 'DELETE' AND isp_ip_may_purge(OLD.company_id, OLD.date_to) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'The log of CGNAT port blocks is only ever added to'
        USING ERRCODE = 'restrict_violation', TABLE = 'isp_cgnat_block',
              CONSTRAINT = 'isp_cgnat_block_append_only';
END $$;

CREATE OR REPLACE TRIGGER isp_cgnat_block_append_only
    BEFORE UPDATE OR DELETE ON isp_cgnat_block
    FOR EACH ROW EXECUTE FUNCTION isp_cgnat_block_guard();
CREATE OR REPLACE TRIGGER isp_cgnat_block_no_truncate
    BEFORE TRUNCATE ON isp_cgnat_block
    FOR EACH STATEMENT EXECUTE FUNCTION isp_cgnat_block_guard();

-- One line of a CGNAT's log. assigned | released | known (the same was there) | conflict | nothing.
-- A block assigned while its last holder never released it ends that one: the end was lost on the way.
CREATE OR REPLACE FUNCTION isp_cgnat_log(
    of_company integer, of_domain integer, of_nas integer, event text, of_inside inet,
    of_outside inet, first integer, last integer, instant timestamp
) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF event = 'release' THEN
        UPDATE isp_cgnat_block SET date_to = instant, end_reason = 'released'
         WHERE outside = of_outside AND first_port = first AND last_port = last
           AND date_to IS NULL AND date_from <= instant;
        IF FOUND THEN
            RETURN 'released';
        END IF;
        PERFORM FROM isp_cgnat_block
          WHERE outside && of_outside AND first_port = first AND last_port = last
            AND date_to = instant;
        RETURN CASE WHEN FOUND THEN 'known' ELSE 'nothing' END;
    END IF;
    PERFORM FROM isp_cgnat_block
      WHERE domain_id = of_domain AND inside = of_inside AND date_from = instant
        AND outside = of_outside AND first_port = first AND last_port = last;
    IF FOUND THEN
        RETURN 'known';
    END IF;
    UPDATE isp_cgnat_block SET date_to = instant, end_reason = 'reused'
     WHERE outside = of_outside AND date_to IS NULL AND date_from <= instant
       AND first_port <= last AND last_port >= first;
    INSERT INTO isp_cgnat_block (company_id, domain_id, nas_id, inside, outside, first_port,
                                 last_port, date_from, recorded_at)
    VALUES (of_company, of_domain, of_nas, of_inside, of_outside, first, last, instant,
            isp_ip_now());
    RETURN 'assigned';
EXCEPTION WHEN exclusion_violation THEN
    RETURN 'conflict';
END $$;
