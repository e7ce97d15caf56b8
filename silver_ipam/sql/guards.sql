-- Triggers: the promises that constraints cannot express. Every error carries the name of the promise
-- (CONSTRAINT) so that the ORM can translate it; see tools/messages.py.

-- pools ----------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION isp_ip_pool_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'retired' AND OLD.state <> 'retired' AND EXISTS (
        SELECT FROM isp_ip_reservation
        WHERE pool_id = OLD.id AND state IN ('reserved', 'in_use') AND purpose = 'customer'
    ) THEN
        RAISE EXCEPTION 'Pool % still has customers: it cannot be retired', OLD.label
            USING ERRCODE = 'check_violation', TABLE = 'isp_ip_pool',
                  CONSTRAINT = 'isp_ip_pool_retired_in_use';
    END IF;
    IF (NEW.alloc_plen <> OLD.alloc_plen OR family(NEW.cidr) <> family(OLD.cidr)) AND EXISTS (
        SELECT FROM isp_ip_reservation WHERE pool_id = OLD.id
    ) THEN
        RAISE EXCEPTION 'Pool % has addresses on record: the size of its blocks cannot change', OLD.label
            USING ERRCODE = 'check_violation', TABLE = 'isp_ip_pool',
                  CONSTRAINT = 'isp_ip_pool_length_fixed';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION isp_ip_pool_sequence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    seq text;
    last bigint;
    top bigint;
BEGIN
    IF TG_OP = 'DELETE' THEN
        EXECUTE format('DROP SEQUENCE IF EXISTS %I', isp_ip_sequence(OLD.id));
        RETURN OLD;
    END IF;
    seq := isp_ip_sequence(NEW.id);
    top := (1::bigint << (NEW.alloc_plen - masklen(NEW.cidr))) - 1;
    IF TG_OP = 'INSERT' THEN
        -- a sequence is outside the snapshot: parallel REPEATABLE READ workers never draw the same unit
        EXECUTE format('CREATE SEQUENCE %I AS bigint MINVALUE 0 START 0 MAXVALUE %s NO CYCLE',
                       seq, greatest(top, 1));  -- of one value is not allowed; the allocator stops first
    ELSIF NEW.cidr <> OLD.cidr OR NEW.alloc_plen <> OLD.alloc_plen THEN
        EXECUTE format('SELECT last_value FROM %I', seq) INTO last;
        IF last > top THEN
            PERFORM setval(seq::regclass, greatest(top, 0));
        END IF;
        EXECUTE format('ALTER SEQUENCE %I MAXVALUE %s', seq, greatest(top, 1));
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER isp_ip_pool_guard BEFORE UPDATE ON isp_ip_pool
    FOR EACH ROW EXECUTE FUNCTION isp_ip_pool_guard();
CREATE OR REPLACE TRIGGER isp_ip_pool_sequence AFTER INSERT OR UPDATE OR DELETE ON isp_ip_pool
    FOR EACH ROW EXECUTE FUNCTION isp_ip_pool_sequence();

-- reservations ---------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION isp_ip_refuse(promise text, message text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', message
        USING ERRCODE = 'check_violation', TABLE = 'isp_ip_reservation', CONSTRAINT = promise;
END $$;

CREATE OR REPLACE FUNCTION isp_ip_reservation_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    pool isp_ip_pool;
    instant timestamp := isp_ip_now();
    address text;
    was_live boolean;
    is_live boolean := NEW.state IN ('reserved', 'in_use');
    expired boolean;
BEGIN
    NEW.write_uid := coalesce(isp_ip_uid(), NEW.write_uid);
    NEW.write_date := instant;
    IF TG_OP = 'INSERT' THEN
        SELECT * INTO pool FROM isp_ip_pool WHERE id = NEW.pool_id;
        NEW.pool_cidr := pool.cidr;
        NEW.company_id := pool.company_id;
        NEW.base_station_id := pool.base_station_id;
        NEW.domain_id := pool.domain_id;
        NEW.alloc_plen := pool.alloc_plen;
        NEW.pool_retired := pool.is_retired;
        NEW.create_uid := NEW.write_uid;
        NEW.create_date := instant;
        NEW.purpose := coalesce(NEW.purpose, 'customer');
        IF NEW.state IN ('free', 'quarantine') THEN
            NEW.available_at := coalesce(NEW.available_at, instant);
        ELSIF NEW.purpose = 'customer' AND (pool.kind <> 'pool' OR pool.state <> 'active') THEN
            PERFORM isp_ip_refuse('isp_ip_pool_not_active',
                format('Pool %s does not hand out addresses now', pool.label));
        END IF;
        RETURN NEW;
    END IF;

    address := host(OLD.ip_address);
    IF NEW.pool_id <> OLD.pool_id OR NEW.unit <> OLD.unit THEN
        PERFORM isp_ip_refuse('isp_ip_unit_fixed', format('%s cannot become another address', address));
    END IF;
    was_live := OLD.state IN ('reserved', 'in_use');
    expired := OLD.state = 'reserved' AND OLD.lease_until <= instant;

    -- exclusions (gateway, network, ranges) are no customer's: only a free address can become one
    IF OLD.purpose <> 'customer' OR NEW.purpose <> 'customer' THEN
        IF OLD.purpose = 'customer' AND (was_live OR OLD.available_at > instant) THEN
            PERFORM isp_ip_refuse('isp_ip_exclusion',
                format('%s belongs to a customer or rests in quarantine: it cannot be excluded', address));
        ELSIF NEW.purpose = 'customer' THEN
            IF NEW.state <> 'free' THEN
                PERFORM isp_ip_refuse('isp_ip_exclusion',
                    format('%s is excluded from the pool: free it first', address));
            END IF;
            NEW.available_at := instant;
        END IF;
        RETURN NEW;
    END IF;

    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('free', 'reserved'), ('free', 'in_use'),
        ('reserved', 'in_use'), ('reserved', 'free'), ('reserved', 'quarantine'),
        ('in_use', 'quarantine'),
        ('quarantine', 'free'), ('quarantine', 'reserved'), ('quarantine', 'in_use')
    ) THEN
        PERFORM isp_ip_refuse('isp_ip_transition',
            format('%s cannot go from %s to %s', address, OLD.state, NEW.state));
    END IF;

    IF was_live AND is_live THEN
        -- the holder stays; a reservation may gain its contract, and one that ran out is anybody's
        IF NOT expired AND (
            (OLD.contract_id IS NOT NULL AND NEW.contract_id IS DISTINCT FROM OLD.contract_id)
            OR (OLD.contract_id IS NULL AND NEW.contract_id IS NOT NULL AND OLD.state = 'in_use')
            OR (NEW.partner_id IS DISTINCT FROM OLD.partner_id AND NEW.contract_id IS NULL)
            OR (NEW.partner_id IS DISTINCT FROM OLD.partner_id AND OLD.contract_id IS NULL)
        ) THEN
            PERFORM isp_ip_refuse('isp_ip_holder_fixed',
                format('%s has a holder: release it before it is given to someone else', address));
        END IF;
        IF OLD.state = 'in_use' THEN
            NEW.lease_until := NULL;
        END IF;
    ELSIF is_live THEN
        IF OLD.available_at > instant
           AND NEW.partner_id IS DISTINCT FROM OLD.last_partner_id
           AND (NEW.contract_id IS NULL OR NEW.contract_id IS DISTINCT FROM OLD.last_contract_id)
        THEN
            PERFORM isp_ip_refuse('isp_ip_quarantine',
                format('%s is in quarantine until %s UTC', address,
                       to_char(OLD.available_at, 'YYYY-MM-DD HH24:MI')));
        END IF;
        IF NOT EXISTS (SELECT FROM isp_ip_pool
                       WHERE id = NEW.pool_id AND kind = 'pool' AND state = 'active') THEN
            PERFORM isp_ip_refuse('isp_ip_pool_not_active',
                format('The pool of %s does not hand out addresses now', address));
        END IF;
        -- kept while it is only reserved: giving the reservation back must not cut the quarantine
        NEW.available_at := OLD.available_at;
    ELSIF was_live THEN
        NEW.last_contract_id := coalesce(OLD.contract_id, OLD.last_contract_id);
        NEW.last_partner_id := coalesce(OLD.partner_id, OLD.last_partner_id);
        NEW.contract_id := NULL;
        NEW.partner_id := NULL;
        NEW.inventory_item_id := NULL;
        NEW.lease_until := NULL;
        IF OLD.state = 'reserved' AND OLD.available_at > instant THEN
            NEW.state := 'quarantine';
            NEW.available_at := OLD.available_at;
        ELSIF NEW.state = 'quarantine' THEN
            SELECT greatest(instant + quarantine_hours * interval '1 hour',
                            CASE WHEN NEW.available_at IS DISTINCT FROM OLD.available_at
                                 THEN NEW.available_at END)
              INTO NEW.available_at FROM isp_ip_pool WHERE id = NEW.pool_id;
        ELSE
            NEW.available_at := instant;
        END IF;
    ELSIF NEW.available_at < OLD.available_at
          OR (NEW.state = 'free' AND OLD.state = 'quarantine' AND OLD.available_at > instant) THEN
        PERFORM isp_ip_refuse('isp_ip_quarantine',
            format('%s is in quarantine until %s UTC: it can be lengthened, not cut short', address,
                   to_char(OLD.available_at, 'YYYY-MM-DD HH24:MI')));
    END IF;
    RETURN NEW;
END $$;

-- A row that ever served a customer stays. Exclusions and never-used fillers may go.
CREATE OR REPLACE FUNCTION isp_ip_reservation_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        PERFORM isp_ip_refuse('isp_ip_reservation_keep', 'Addresses are released, never deleted');
    ELSIF OLD.purpose = 'customer'
       AND NOT (OLD.state = 'free' AND OLD.last_contract_id IS NULL AND OLD.last_partner_id IS NULL) THEN
        PERFORM isp_ip_refuse('isp_ip_reservation_keep',
            format('%s has been a customer''s: it is released, never deleted', host(OLD.ip_address)));
    END IF;
    RETURN OLD;
END $$;

-- The history is written here, so it is the same for the ORM, RPC and raw SQL.
CREATE OR REPLACE FUNCTION isp_ip_reservation_log() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    instant timestamp := isp_ip_now();
    was_live boolean := false;
    is_live boolean := NEW.state IN ('reserved', 'in_use') AND NEW.purpose = 'customer';
    last isp_ip_assignment_history;
    seal varchar;
    before inet;
    fresh isp_ip_assignment_history;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        was_live := OLD.state IN ('reserved', 'in_use') AND OLD.purpose = 'customer';
        IF was_live AND is_live
           AND (OLD.state, OLD.contract_id, OLD.partner_id, OLD.inventory_item_id, OLD.ip_address,
                OLD.domain_id, OLD.base_station_id)
               IS NOT DISTINCT FROM
               (NEW.state, NEW.contract_id, NEW.partner_id, NEW.inventory_item_id, NEW.ip_address,
                NEW.domain_id, NEW.base_station_id) THEN
            RETURN NULL;
        END IF;
        IF was_live THEN
            UPDATE isp_ip_assignment_history h
               SET date_to = greatest(instant, h.date_from), end_reason = isp_ip_reason(),
                   end_user_id = isp_ip_uid()
             WHERE h.domain_id = OLD.domain_id AND h.ip_address = OLD.ip_address
               AND h.date_to IS NULL;
            IF NOT FOUND THEN
                PERFORM isp_ip_refuse('isp_ip_history_lost',
                    format('The history of %s has no open period to close', host(OLD.ip_address)));
            END IF;
        END IF;
    END IF;
    IF NOT is_live THEN
        RETURN NULL;
    END IF;
    SELECT * INTO last FROM isp_ip_assignment_history h
     WHERE h.domain_id = NEW.domain_id AND h.ip_address = NEW.ip_address
     ORDER BY h.id DESC LIMIT 1;
    seal := last.close_hash;
    IF last.id IS NULL THEN  -- never had, or what it had was purged
        SELECT a.close_hash INTO seal FROM isp_ip_history_anchor a
         WHERE a.domain_id = NEW.domain_id AND a.ip_address = NEW.ip_address;
    END IF;
    IF NEW.contract_id IS NOT NULL THEN
        SELECT h.ip_address INTO before FROM isp_ip_assignment_history h
         WHERE h.contract_id = NEW.contract_id
           AND family(h.ip_address) = family(NEW.ip_address)
           AND masklen(h.ip_address) = masklen(NEW.ip_address)
         ORDER BY h.id DESC LIMIT 1;
    END IF;
    INSERT INTO isp_ip_assignment_history (
        company_id, domain_id, base_station_id, pool_id, reservation_id, ip_address, previous_ip,
        state, contract_id, partner_id, inventory_item_id, date_from, user_id, reason, recorded_at,
        prev_hash)
    VALUES (
        NEW.company_id, NEW.domain_id, NEW.base_station_id, NEW.pool_id, NEW.id, NEW.ip_address,
        nullif(before, NEW.ip_address), NEW.state, NEW.contract_id, NEW.partner_id,
        NEW.inventory_item_id, greatest(instant, last.date_to), isp_ip_uid(), isp_ip_reason(),
        instant, coalesce(seal, ''));
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER isp_ip_reservation_guard BEFORE INSERT OR UPDATE ON isp_ip_reservation
    FOR EACH ROW EXECUTE FUNCTION isp_ip_reservation_guard();
CREATE OR REPLACE TRIGGER isp_ip_reservation_keep BEFORE DELETE ON isp_ip_reservation
    FOR EACH ROW EXECUTE FUNCTION isp_ip_reservation_keep();
CREATE OR REPLACE TRIGGER isp_ip_reservation_no_truncate BEFORE TRUNCATE ON isp_ip_reservation
    FOR EACH STATEMENT EXECUTE FUNCTION isp_ip_reservation_keep();
CREATE OR REPLACE TRIGGER isp_ip_reservation_log AFTER INSERT OR UPDATE ON isp_ip_reservation
    FOR EACH ROW EXECUTE FUNCTION isp_ip_reservation_log();

-- history --------------------------------------------------------------------------------------

-- What a period says, sealed. Epoch microseconds, never the text of a timestamp, which depends on
-- the session's time zone.
CREATE OR REPLACE FUNCTION isp_ip_seal(h isp_ip_assignment_history) RETURNS text
LANGUAGE sql STABLE AS $$
SELECT encode(sha256(convert_to(concat_ws('|', h.prev_hash, h.domain_id, h.ip_address::text,
    coalesce(h.pool_id, 0), h.state, coalesce(h.contract_id, 0), coalesce(h.partner_id, 0),
    coalesce(h.inventory_item_id, 0), (extract(epoch FROM h.date_from) * 1000000)::bigint,
    coalesce(h.user_id, 0), coalesce(h.reason, '')), 'UTF8')), 'hex') $$;

CREATE OR REPLACE FUNCTION isp_ip_seal_end(h isp_ip_assignment_history) RETURNS text
LANGUAGE sql STABLE AS $$
SELECT encode(sha256(convert_to(concat_ws('|', h.hash,
    (extract(epoch FROM h.date_to) * 1000000)::bigint, coalesce(h.end_user_id, 0),
    coalesce(h.end_reason, '')), 'UTF8')), 'hex') $$;

CREATE OR REPLACE FUNCTION isp_ip_history_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    closing text[] := ARRAY['date_to', 'end_reason', 'end_user_id', 'close_hash'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.hash := isp_ip_seal(NEW);
        IF NEW.date_to IS NOT NULL THEN  -- a period brought in from elsewhere, already over
            NEW.close_hash := isp_ip_seal_end(NEW);
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.date_to IS NULL AND NEW.date_to IS NOT NULL
       AND to_jsonb(NEW) - closing = to_jsonb(OLD) - closing THEN
        NEW.close_hash := isp_ip_seal_end(NEW);
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' AND isp_ip_may_purge(OLD.company_id, OLD.date_to) THEN
        RETURN OLD;  -- see retention.sql
    END IF;
    RAISE EXCEPTION 'The history of addresses is only ever added to'
        USING ERRCODE = 'restrict_violation', TABLE = 'isp_ip_assignment_history',
              CONSTRAINT = 'isp_ip_assignment_history_append_only';
END $$;

CREATE OR REPLACE TRIGGER isp_ip_assignment_history_append_only
    BEFORE INSERT OR UPDATE OR DELETE ON isp_ip_assignment_history
    FOR EACH ROW EXECUTE FUNCTION isp_ip_history_guard();
CREATE OR REPLACE TRIGGER isp_ip_assignment_history_no_truncate
    BEFORE TRUNCATE ON isp_ip_assignment_history
    FOR EACH STATEMENT EXECUTE FUNCTION isp_ip_history_guard();
