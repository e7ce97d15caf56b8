-- Pure address arithmetic. IMMUTABLE: generated columns and checks stand on these.

-- private (RFC 1918, RFC 4193), cgnat (RFC 6598), public, or special: everything nobody may hand out
-- (loopback, multicast, documentation...), and blocks that straddle two kinds.
CREATE OR REPLACE FUNCTION isp_ip_scope(a inet) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT CASE
    WHEN a <<= '10.0.0.0/8'::inet OR a <<= '172.16.0.0/12'::inet OR a <<= '192.168.0.0/16'::inet
      OR a <<= 'fc00::/7'::inet THEN 'private'
    WHEN a <<= '100.64.0.0/10'::inet THEN 'cgnat'
    WHEN family(a) = 4 AND NOT (
         a && '0.0.0.0/8'::inet OR a && '10.0.0.0/8'::inet OR a && '100.64.0.0/10'::inet
      OR a && '127.0.0.0/8'::inet OR a && '169.254.0.0/16'::inet OR a && '172.16.0.0/12'::inet
      OR a && '192.0.0.0/24'::inet OR a && '192.0.2.0/24'::inet OR a && '192.88.99.0/24'::inet
      OR a && '192.168.0.0/16'::inet OR a && '198.18.0.0/15'::inet OR a && '198.51.100.0/24'::inet
      OR a && '203.0.113.0/24'::inet OR a && '224.0.0.0/4'::inet OR a && '240.0.0.0/4'::inet
      ) THEN 'public'
    WHEN family(a) = 6 AND a <<= '2000::/3'::inet AND NOT (
         a && '2001::/23'::inet OR a && '2001:db8::/32'::inet OR a && '2002::/16'::inet
      OR a && '3fff::/20'::inet
      ) THEN 'public'
    ELSE 'special' END
$$;

-- The n-th block of length plen inside pool. inet + bigint cannot add 2^72, hence the way by hex
-- digits for IPv6.
CREATE OR REPLACE FUNCTION isp_ip_block(pool cidr, plen integer, n bigint) RETURNS inet
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    digits text;
    bits text;
BEGIN
    IF family(pool) = 4 THEN
        RETURN set_masklen(network(pool)::inet + n * (1::bigint << (32 - plen)), plen);
    END IF;
    IF plen <= 64 THEN
        digits := lpad(to_hex(n << (64 - plen)), 16, '0') || '0000000000000000';
    ELSE
        bits := right(repeat('0', 128) || n::bit(64)::text, plen) || repeat('0', 128 - plen);
        digits := lpad(to_hex(left(bits, 64)::bit(64)::bigint), 16, '0')
               || lpad(to_hex(right(bits, 64)::bit(64)::bigint), 16, '0');
    END IF;
    RETURN set_masklen(
        set_masklen(network(pool)::inet, 128)
        | regexp_replace(digits, '(.{4})(?=.)', '\1:', 'g')::inet, plen);
END $$;

-- The inverse: which block of pool holds address a. NULL when a is not inside.
CREATE OR REPLACE FUNCTION isp_ip_unit(pool cidr, plen integer, a inet) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    width integer := plen - masklen(pool);
    digits text;
BEGIN
    IF family(pool) <> family(a) OR NOT a <<= pool::inet THEN
        RETURN NULL;
    END IF;
    IF family(pool) = 4 THEN
        RETURN (set_masklen(a, 32) - set_masklen(network(pool)::inet, 32)) >> (32 - plen);
    END IF;
    IF width = 0 THEN
        RETURN 0;
    END IF;
    digits := encode(substring(inet_send(a) FROM 5), 'hex');
    RETURN lpad(substring(('x' || digits)::bit(128)::text FROM masklen(pool) + 1 FOR width),
                64, '0')::bit(64)::bigint;
END $$;

-- n with its k lowest bits reversed: van der Corput order, which always halves the largest gap.
CREATE OR REPLACE FUNCTION isp_ip_spread(n bigint, k integer) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    result bigint := 0;
BEGIN
    FOR i IN 1..k LOOP
        result := (result << 1) | ((n >> (i - 1)) & 1);
    END LOOP;
    RETURN result;
END $$;

CREATE OR REPLACE FUNCTION isp_ip_now() RETURNS timestamp LANGUAGE sql VOLATILE AS $$
SELECT timezone('UTC', clock_timestamp()) $$;

CREATE OR REPLACE FUNCTION isp_ip_sequence(pool_id integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
SELECT format('isp_ip_pool_%s_seq', pool_id) $$;

-- Who is acting: the ORM says so in silver.uid; raw SQL leaves it empty.
CREATE OR REPLACE FUNCTION isp_ip_uid() RETURNS integer LANGUAGE sql STABLE AS $$
SELECT nullif(current_setting('silver.uid', true), '')::integer $$;

CREATE OR REPLACE FUNCTION isp_ip_reason() RETURNS text LANGUAGE sql STABLE AS $$
SELECT nullif(current_setting('silver.reason', true), '') $$;
