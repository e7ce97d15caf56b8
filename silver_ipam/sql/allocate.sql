-- The allocator. Right under REPEATABLE READ with parallel workers, which is what every Odoo cursor
-- is: "lock, then look for the gap" would look with an old snapshot.

-- One address for one holder from the first of the pools that has one.
--   held      the contract already has one there: the same answer again
--   sticky    the customer had one before: that one, also from quarantine (unless p_sticky is false)
--   fresh     never used: a sequence per pool, which no snapshot hides
--   recycled  free, out of quarantine, or a reservation that ran out: the longest rested first
--   reclaimed the last resort: numbers that were drawn by requests that failed
-- r_id is NULL and r_how 'exhausted' when there is none. 40001 means "somebody was quicker, ask again":
-- Odoo replays the request.
CREATE OR REPLACE FUNCTION isp_ip_take(
    p_pools integer[], p_contract integer, p_partner integer, p_item integer, p_state text,
    p_lease timestamp, p_sticky boolean, OUT r_id integer, OUT r_how text
) LANGUAGE plpgsql AS $$
DECLARE
    pool isp_ip_pool;
    step text;
    candidate integer;
    n bigint;
    contended boolean := false;
    broken text;
    instant timestamp := isp_ip_now();
    pid integer;
BEGIN
    IF p_contract IS NOT NULL THEN
        SELECT id INTO r_id FROM isp_ip_reservation
         WHERE contract_id = p_contract AND pool_id = ANY (p_pools)
           AND state IN ('reserved', 'in_use') AND purpose = 'customer'
         ORDER BY array_position(p_pools, pool_id) LIMIT 1;
        IF FOUND THEN
            r_how := 'held';
            RETURN;
        END IF;
    END IF;

    IF p_sticky AND p_partner IS NOT NULL THEN
        FOR candidate IN
            SELECT r.id FROM isp_ip_reservation r JOIN isp_ip_pool p ON p.id = r.pool_id
             WHERE r.pool_id = ANY (p_pools) AND r.last_partner_id = p_partner
               AND r.state IN ('free', 'quarantine') AND r.purpose = 'customer'
               AND p.state = 'active'
             ORDER BY r.available_at DESC LIMIT 20
        LOOP
            BEGIN
                UPDATE isp_ip_reservation
                   SET state = p_state, contract_id = p_contract, partner_id = p_partner,
                       inventory_item_id = p_item, lease_until = p_lease
                 WHERE id = (SELECT id FROM isp_ip_reservation WHERE id = candidate
                             AND state IN ('free', 'quarantine') FOR UPDATE SKIP LOCKED)
                RETURNING id INTO r_id;
                IF FOUND THEN
                    r_how := 'sticky';
                    RETURN;
                END IF;
            EXCEPTION WHEN serialization_failure THEN
                NULL;  -- taken since our snapshot: not ours any more, a fresh one will do
            END;
        END LOOP;
    END IF;

    FOREACH pid IN ARRAY p_pools LOOP
        SELECT * INTO pool FROM isp_ip_pool WHERE id = pid AND kind = 'pool' AND state = 'active';
        CONTINUE WHEN NOT FOUND;
        FOREACH step IN ARRAY CASE pool.order_policy
            WHEN 'recycle_first' THEN ARRAY['recycled', 'fresh', 'reclaimed']
            ELSE ARRAY['fresh', 'recycled', 'reclaimed'] END
        LOOP
            -- numbers that requests drew and then failed: nothing is lost to them
            CONTINUE WHEN step = 'reclaimed' AND isp_ip_reclaim(pool.id, 100) = 0;
            IF step = 'fresh' THEN
                LOOP
                    BEGIN
                        n := nextval(isp_ip_sequence(pool.id)::regclass);
                    EXCEPTION WHEN sequence_generator_limit_exceeded THEN
                        EXIT;
                    END;
                    EXIT WHEN n >= 1::bigint << (pool.alloc_plen - masklen(pool.cidr));
                    IF pool.order_policy = 'spread' THEN
                        n := isp_ip_spread(n, pool.alloc_plen - masklen(pool.cidr));
                    END IF;
                    BEGIN
                        INSERT INTO isp_ip_reservation (pool_id, unit, state, purpose, contract_id,
                                                        partner_id, inventory_item_id, lease_until)
                        VALUES (pool.id, n, p_state, 'customer', p_contract, p_partner, p_item, p_lease)
                        ON CONFLICT ON CONSTRAINT isp_ip_reservation_unit_uniq DO NOTHING
                        RETURNING id INTO r_id;
                        IF FOUND THEN
                            r_how := step;
                            RETURN;
                        END IF;
                    EXCEPTION WHEN serialization_failure THEN
                        NULL;  -- a row our snapshot does not see: the next number
                    END;
                END LOOP;
            ELSE
                FOR candidate IN
                    SELECT s.id FROM (
                        (SELECT id, available_at AS since FROM isp_ip_reservation
                          WHERE pool_id = pool.id AND state IN ('free', 'quarantine')
                            AND purpose = 'customer' AND available_at <= instant
                          ORDER BY available_at LIMIT 500)
                        UNION ALL
                        (SELECT id, lease_until FROM isp_ip_reservation
                          WHERE pool_id = pool.id AND state = 'reserved' AND lease_until <= instant
                          ORDER BY lease_until LIMIT 100)
                    ) s ORDER BY s.since
                LOOP
                    BEGIN
                        UPDATE isp_ip_reservation
                           SET state = p_state, contract_id = p_contract, partner_id = p_partner,
                               inventory_item_id = p_item, lease_until = p_lease
                         WHERE id = (SELECT id FROM isp_ip_reservation WHERE id = candidate
                                     AND (state IN ('free', 'quarantine')
                                          OR (state = 'reserved' AND lease_until <= instant))
                                     FOR UPDATE SKIP LOCKED)
                        RETURNING id INTO r_id;
                        IF FOUND THEN
                            r_how := step;
                            RETURN;
                        END IF;
                        contended := true;
                    EXCEPTION WHEN serialization_failure THEN
                        contended := true;
                    END;
                END LOOP;
            END IF;
        END LOOP;
    END LOOP;
    IF contended THEN
        RAISE EXCEPTION 'Every address seen was taken meanwhile'
            USING ERRCODE = 'serialization_failure', TABLE = 'isp_ip_reservation';
    END IF;
    r_how := 'exhausted';
EXCEPTION WHEN unique_violation THEN
    GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
    IF broken = 'isp_ip_reservation_contract_uniq' THEN  -- the same request, sent twice at once
        RAISE EXCEPTION 'Another request is giving contract % its address', p_contract
            USING ERRCODE = 'serialization_failure', TABLE = 'isp_ip_reservation';
    END IF;
    RAISE;
END $$;

-- A chosen unit. NULL when somebody holds it; the caller says who.
CREATE OR REPLACE FUNCTION isp_ip_take_unit(
    p_pool integer, p_unit bigint, p_contract integer, p_partner integer, p_item integer,
    p_state text, p_lease timestamp, p_purpose text, p_note text
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    result integer;
BEGIN
    INSERT INTO isp_ip_reservation AS r (pool_id, unit, state, purpose, contract_id, partner_id,
                                         inventory_item_id, lease_until, note)
    VALUES (p_pool, p_unit, p_state, p_purpose, p_contract, p_partner, p_item, p_lease, p_note)
    ON CONFLICT ON CONSTRAINT isp_ip_reservation_unit_uniq DO UPDATE
       SET state = EXCLUDED.state, purpose = EXCLUDED.purpose, contract_id = EXCLUDED.contract_id,
           partner_id = EXCLUDED.partner_id, inventory_item_id = EXCLUDED.inventory_item_id,
           lease_until = EXCLUDED.lease_until, note = coalesce(EXCLUDED.note, r.note)
     WHERE r.purpose = 'customer' AND (
           r.state IN ('free', 'quarantine')
        OR (r.state = 'reserved' AND r.lease_until <= isp_ip_now())
        OR (r.state = 'reserved' AND r.contract_id IS NULL AND r.partner_id = EXCLUDED.partner_id
            AND EXCLUDED.contract_id IS NOT NULL))
    RETURNING id INTO result;
    RETURN result;
END $$;

-- Numbers drawn by requests that failed leave holes: back to the free ones. Returns how many.
CREATE OR REPLACE FUNCTION isp_ip_reclaim(p_pool integer, p_limit integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    pool isp_ip_pool;
    drawn bigint;
    filled integer;
BEGIN
    SELECT * INTO pool FROM isp_ip_pool WHERE id = p_pool;
    EXECUTE format('SELECT CASE WHEN is_called THEN last_value + 1 ELSE 0 END FROM %I',
                   isp_ip_sequence(p_pool)) INTO drawn;
    drawn := least(drawn, 1::bigint << (pool.alloc_plen - masklen(pool.cidr)));
    IF pool.order_policy <> 'spread' AND drawn <= (
        SELECT count(*) FROM isp_ip_reservation WHERE pool_id = p_pool AND unit < drawn) THEN
        RETURN 0;
    END IF;
    INSERT INTO isp_ip_reservation (pool_id, unit, state, purpose)
    SELECT p_pool, g.unit, 'free', 'customer'
      FROM (SELECT CASE pool.order_policy
                   WHEN 'spread' THEN isp_ip_spread(n, pool.alloc_plen - masklen(pool.cidr))
                   ELSE n END AS unit
              FROM generate_series(0, drawn - 1) n) g
     WHERE NOT EXISTS (SELECT FROM isp_ip_reservation r
                       WHERE r.pool_id = p_pool AND r.unit = g.unit)
     LIMIT p_limit
    ON CONFLICT ON CONSTRAINT isp_ip_reservation_unit_uniq DO NOTHING;
    GET DIAGNOSTICS filled = ROW_COUNT;
    RETURN filled;
END $$;
